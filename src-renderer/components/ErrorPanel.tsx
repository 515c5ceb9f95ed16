import { Alert, Button, Flex, type GetRef, Typography } from "antd";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { isKeysteadError } from "#shared/errors/keystead-error.ts";
import { useEnterPin } from "../app/enter-pin.ts";
import { ErrorText } from "./ErrorText.tsx";
import { remedyAction, remedySeverity } from "./remedy.ts";
import { useCopy } from "./use-copy.ts";

interface ErrorPanelProps {
  readonly error: unknown;
  /** Repeats what failed; the button is only there when repeating can help. */
  readonly onRetry?: (() => void) | undefined;
}

/** What happened, what to do, and the code to copy. Anything unexpected is shown as a fault, never as a raw exception. */
export function ErrorPanel({ error, onRetry }: ErrorPanelProps) {
  const { t } = useTranslation();
  const copy = useCopy();
  const enterPin = useEnterPin();
  const panel = useRef<GetRef<typeof Alert>>(null);
  // In a long form or a low window it would come up below what is in sight, and the button would seem to do nothing.
  useEffect(() => {
    if (error) panel.current?.nativeElement.scrollIntoView({ block: "nearest" });
  }, [error]);
  if (error === undefined || error === null) return null;
  if (!isKeysteadError(error)) {
    return (
      <Alert
        ref={panel}
        type="error"
        showIcon
        role="alert"
        title={t("errors.unknownTitle")}
        description={t("errors.remedy.report")}
        action={onRetry && <Button onClick={onRetry}>{t("common.retry")}</Button>}
      />
    );
  }
  const action = remedyAction(error.remedy);
  const reference = error.details.reference;
  const report = JSON.stringify(error.toJSON(), null, 2);
  return (
    <Alert
      ref={panel}
      type={remedySeverity(error.remedy)}
      showIcon
      role="alert"
      title={<ErrorText said={error} />}
      description={
        <Flex vertical gap={4}>
          {/* What to correct the message itself has said. */}
          {error.remedy !== "correct-input" && <span>{t(`errors.remedy.${error.remedy}`)}</span>}
          <Flex gap={8} align="center" wrap>
            <Typography.Text code>{error.code}</Typography.Text>
            {reference !== undefined && (
              <Typography.Text code>
                {t("errors.reference")} {String(reference)}
              </Typography.Text>
            )}
            <Button size="small" type="link" style={{ paddingInline: 0 }} onClick={() => copy(report)}>
              {t("errors.copyReport")}
            </Button>
            {action === "enter-pin" && typeof error.details.id === "string" && (
              <Button
                size="small"
                onClick={() => void enterPin(String(error.details.id)).then((done) => done && onRetry?.())}
              >
                {t("tokens.ready.enterPin")}
              </Button>
            )}
            {action === "retry" && onRetry && (
              <Button size="small" onClick={onRetry}>
                {t("common.retry")}
              </Button>
            )}
          </Flex>
        </Flex>
      }
    />
  );
}
