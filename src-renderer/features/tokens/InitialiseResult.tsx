import { Alert, Button, Flex, Typography } from "antd";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import type { Result } from "#shared/contract/index.ts";
import type { WizardStep } from "#shared/models/token.ts";
import { ErrorPanel } from "../../components/ErrorPanel.tsx";
import { Landing } from "../../components/Landing.tsx";
import { Sentences } from "./OnTokenNow.tsx";
import { WizardSteps } from "./WizardSteps.tsx";

interface InitialiseResultProps {
  readonly done: Result<"tokens", "initialize"> | undefined;
  readonly failedSteps: readonly WizardStep[] | undefined;
  readonly error: unknown;
  readonly onAgain: () => void;
}

/** Ready, or how far it came; each step with its proof. */
export function InitialiseResult({ done, failedSteps, error, onAgain }: InitialiseResultProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  if (!done) {
    return (
      <Landing>
        <Flex vertical gap={16}>
          <Typography.Title level={2} style={{ margin: 0 }}>
            {t("tokens.initialise.failed")}
          </Typography.Title>
          <ErrorPanel error={error} />
          <WizardSteps steps={failedSteps ?? []} />
          <Button type="primary" onClick={onAgain} style={{ alignSelf: "flex-start" }}>
            {t("tokens.initialise.toList")}
          </Button>
        </Flex>
      </Landing>
    );
  }
  const { token, steps, erased } = done;
  return (
    <Landing>
      <Flex vertical gap={16}>
        <Alert
          type="success"
          showIcon
          role="status"
          title={t("tokens.initialise.ready")}
          description={t("tokens.initialise.readyText", { label: token.label, serial: token.serial })}
        />
        <WizardSteps steps={steps} />
        {erased.length > 0 && (
          <section aria-label={t("tokens.initialise.erased")}>
            <Typography.Text strong>{t("tokens.initialise.erased")}</Typography.Text>
            <Sentences texts={erased} />
          </section>
        )}
        <Flex gap={8} wrap>
          <Button type="primary" onClick={() => navigate(`/tokens/${token.id}`)}>
            {t("tokens.initialise.openToken")}
          </Button>
          <Button onClick={() => navigate("/tokens")}>{t("tokens.initialise.toList")}</Button>
        </Flex>
      </Flex>
    </Landing>
  );
}
