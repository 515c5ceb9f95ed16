import { Form, Input, Progress, Typography, theme } from "antd";
import { useTranslation } from "react-i18next";
import { LIMITS } from "#shared/limits.ts";
import { passwordWeakness } from "#shared/password-rule.ts";
import { passwordStrength, STRENGTH_BAR, type Strength } from "./password-strength.ts";

interface NewPasswordFieldsProps {
  readonly name?: string;
  readonly label: string;
  readonly againLabel: string;
  /** Names given beside it, which the password may not merely repeat: the same that main is told. */
  readonly names: readonly string[];
  readonly autoFocus?: boolean;
}

/** A new password typed twice, judged by the vault's own rule, with a hint at its strength. Lives inside an antd form, which is reset after it was sent. */
export function NewPasswordFields(props: NewPasswordFieldsProps) {
  const { name = "password", label, againLabel, names, autoFocus = false } = props;
  const { t } = useTranslation();
  const again = `${name}Again`;
  return (
    <>
      <Form.Item
        name={name}
        label={label}
        rules={[
          { required: true, message: t("fields.required") },
          { min: LIMITS.passwordMin, message: t("fields.passwordRule", { min: LIMITS.passwordMin }) },
          {
            validator: (_, value: string = "") => {
              const weakness = value.length < LIMITS.passwordMin ? undefined : passwordWeakness(value, names);
              return weakness ? Promise.reject(new Error(t(`fields.weakness.${weakness}`))) : Promise.resolve();
            },
          },
        ]}
        style={{ marginBottom: 4 }}
      >
        <Input.Password autoFocus={autoFocus} autoComplete="new-password" maxLength={LIMITS.passwordMax} />
      </Form.Item>
      <Form.Item noStyle dependencies={[name]}>
        {({ getFieldValue }) => <StrengthHint password={String(getFieldValue(name) ?? "")} names={names} />}
      </Form.Item>
      <Form.Item
        name={again}
        label={againLabel}
        dependencies={[name]}
        rules={[
          { required: true, message: t("fields.required") },
          ({ getFieldValue }) => ({
            validator: (_, value: string) =>
              !value || value === getFieldValue(name)
                ? Promise.resolve()
                : Promise.reject(new Error(t("fields.passwordsDiffer"))),
          }),
        ]}
      >
        <Input.Password autoComplete="new-password" maxLength={LIMITS.passwordMax} />
      </Form.Item>
    </>
  );
}

function StrengthHint({ password, names }: { readonly password: string; readonly names: readonly string[] }) {
  const { t } = useTranslation();
  const { token } = theme.useToken();
  const strength = passwordStrength(password, names);
  const colour: Readonly<Record<Strength, string>> = {
    empty: token.colorBorder,
    short: token.colorError,
    refused: token.colorError,
    weak: token.colorWarning,
    fair: token.colorInfo,
    good: token.colorSuccess,
  };
  return (
    <div style={{ marginBottom: 16 }}>
      <Progress
        percent={STRENGTH_BAR[strength]}
        showInfo={false}
        size="small"
        strokeColor={colour[strength]}
        aria-label={t("fields.strength.label")}
      />
      <Typography.Text type="secondary" aria-live="polite">
        {t(`fields.strength.${strength}`, { min: LIMITS.passwordMin, left: LIMITS.passwordMin - [...password].length })}
      </Typography.Text>
    </div>
  );
}
