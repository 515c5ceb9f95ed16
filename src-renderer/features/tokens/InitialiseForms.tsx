import { Alert, Flex, Form, Input, Typography } from "antd";
import { useTranslation } from "react-i18next";
import type { TokenView } from "#shared/models/token.ts";
import { TypedWord } from "../../components/TypedWord.tsx";
import { OnTokenNow, Sentences } from "./OnTokenNow.tsx";
import { NewPinFields, PinField } from "./PinFields.tsx";
import { PinPadNotice } from "./PinPadNotice.tsx";
import { brokenLabelRule, byteLength, LABEL_BYTES } from "./token-state.ts";

export interface InitialiseForm {
  readonly label: string;
  readonly soPin: string;
  readonly soPinAgain?: string;
  readonly userPin: string;
  readonly userPinAgain: string;
  readonly confirm: string;
}

export const PIN_FIELDS = ["soPin", "soPinAgain", "userPin", "userPinAgain"] as const;

interface StepProps {
  readonly token: TokenView;
  readonly fresh: boolean;
}

export function LookStep({ token, fresh, soLocked }: StepProps & { readonly soLocked: boolean }) {
  const { t } = useTranslation();
  return (
    <Flex vertical gap={12} style={{ marginBottom: 16 }}>
      <Alert
        type={fresh ? "info" : "warning"}
        showIcon
        title={fresh ? t("tokens.initialise.freshIntro") : t("tokens.initialise.anewIntro")}
      />
      {token.protectedPath && <PinPadNotice />}
      {token.writeProtected && <Alert type="warning" showIcon title={t("tokens.page.writeProtected")} />}
      {soLocked && <Alert type="error" showIcon title={t("tokens.initialise.soLocked")} />}
      <OnTokenNow token={token} />
    </Flex>
  );
}

/** On a fresh token the SO PIN is set; on an initialised one it must be the present one and stays (C19). */
export function FormStep({ token, fresh }: StepProps) {
  const { t } = useTranslation();
  const careful = !fresh && (token.soPin.state === "final-try" || token.soPin.state === "low");
  return (
    <>
      <LabelField />
      <Typography.Paragraph>
        {fresh ? t("tokens.initialise.freshSo") : t("tokens.initialise.anewSo")}
      </Typography.Paragraph>
      {careful && (
        <Alert
          type={token.soPin.state === "low" ? "warning" : "error"}
          showIcon
          title={t(token.soPin.state === "low" ? "tokens.initialise.soLow" : "tokens.initialise.soFinal")}
          style={{ marginBottom: 12 }}
        />
      )}
      <div style={{ maxWidth: 420 }}>
        {fresh ? (
          <NewPinFields
            name="soPin"
            label={t("tokens.pin.setSo")}
            againLabel={t("tokens.pin.newSoAgain")}
            limits={token.userPin}
          />
        ) : (
          <PinField name="soPin" label={t("tokens.pin.presentSo")} limits={token.userPin} />
        )}
        <NewPinFields
          name="userPin"
          label={t("tokens.pin.newUser")}
          againLabel={t("tokens.pin.newUserAgain")}
          limits={token.userPin}
          otherThan="soPin"
        />
      </div>
    </>
  );
}

/** 32 bytes, not characters (C20): the counter says how many the text takes. */
function LabelField() {
  const { t } = useTranslation();
  const form = Form.useFormInstance<InitialiseForm>();
  const label = Form.useWatch("label", form) ?? "";
  const bytes = byteLength(label);
  const wide = bytes > [...label].length;
  return (
    <Form.Item
      name="label"
      label={t("tokens.initialise.label")}
      extra={
        <Typography.Text type={bytes > LABEL_BYTES ? "danger" : "secondary"} aria-live="polite">
          {t(wide ? "tokens.initialise.labelHintLong" : "tokens.initialise.labelHint", { bytes })}
        </Typography.Text>
      }
      rules={[
        {
          validator: (_, value: string | undefined) => {
            const broken = brokenLabelRule(value ?? "");
            return broken === undefined
              ? Promise.resolve()
              : Promise.reject(new Error(t(`tokens.initialise.labelRules.${broken}`)));
          },
        },
      ]}
      style={{ maxWidth: 420 }}
    >
      <Input autoFocus autoComplete="off" spellCheck={false} maxLength={64} />
    </Form.Item>
  );
}

export function ConfirmStep({ word, fresh }: { readonly word: string; readonly fresh: boolean }) {
  const { t } = useTranslation();
  const form = Form.useFormInstance<InitialiseForm>();
  const label = Form.useWatch("label", { form, preserve: true }) ?? "";
  const will = fresh
    ? t("tokens.initialise.willFresh", { returnObjects: true, label })
    : t("tokens.initialise.willAnew", { returnObjects: true, label });
  return (
    <>
      <section aria-label={t("tokens.initialise.will")} style={{ marginBottom: 16 }}>
        <Typography.Text strong>{t("tokens.initialise.will")}</Typography.Text>
        <Sentences texts={will} />
      </section>
      {!fresh && (
        <Alert type="warning" showIcon title={t("tokens.initialise.anewIntro")} style={{ marginBottom: 16 }} />
      )}
      <Form.Item
        name="confirm"
        label={
          <span>
            <TypedWord
              word={word}
              sentence={(place) =>
                t(fresh ? "tokens.initialise.confirmFresh" : "tokens.initialise.confirmAnew", { word: place })
              }
            />
          </span>
        }
        validateTrigger="onSubmit"
        rules={[
          {
            validator: (_, value: string | undefined) =>
              (value ?? "").trim().normalize("NFC") === word.normalize("NFC")
                ? Promise.resolve()
                : Promise.reject(new Error(t("tokens.initialise.confirmRule"))),
          },
        ]}
        style={{ maxWidth: 420 }}
      >
        <Input autoFocus autoComplete="off" spellCheck={false} maxLength={100} />
      </Form.Item>
    </>
  );
}
