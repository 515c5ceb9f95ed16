import { Alert, Checkbox, Form, Input, Typography } from "antd";
import { useTranslation } from "react-i18next";
import type { TokenView } from "#shared/models/token.ts";
import { pinBytes, pinHints, pinLimits } from "./pin-hints.ts";

/** Limits of one token, in bytes; absent where it is not known yet which token it will be. */
export type PinLimits = Pick<TokenView["userPin"], "minLength" | "maxLength">;

interface PinFieldProps {
  readonly name: string | string[];
  readonly label: string;
  readonly limits?: PinLimits | undefined;
  readonly extra?: string;
  readonly autoFocus?: boolean;
}

function useLengthRule(limits: PinLimits | undefined) {
  const { t } = useTranslation();
  const { min, max } = pinLimits(limits ?? { minLength: 0, maxLength: 0 });
  return {
    validator: (_: unknown, value: string | undefined) => {
      const bytes = pinBytes(value ?? "");
      if (bytes === 0 || (bytes >= min && bytes <= max)) return Promise.resolve();
      return Promise.reject(new Error(t("tokens.pin.lengthRule", { min, max, bytes })));
    },
  };
}

/** A PIN as it is now. Part of a form that forgets it when it is sent. */
export function PinField({ name, label, limits, extra, autoFocus = false }: PinFieldProps) {
  const { t } = useTranslation();
  const lengthRule = useLengthRule(limits);
  return (
    <Form.Item
      name={name}
      label={label}
      extra={extra}
      // The length is judged when it is sent, not while it is typed; what was said of it goes with the next key.
      rules={[
        { required: true, message: t("fields.required") },
        { ...lengthRule, validateTrigger: "onSubmit" },
      ]}
    >
      <Input.Password autoFocus={autoFocus} autoComplete="off" maxLength={255} />
    </Form.Item>
  );
}

interface NewPinFieldsProps extends PinFieldProps {
  readonly name: string;
  readonly againLabel: string;
  /** The field of the other PIN, which must not be the same. */
  readonly otherThan?: string;
}

/** A PIN to be set, typed twice, within the token's own limits. */
export function NewPinFields({
  name,
  label,
  againLabel,
  limits,
  extra,
  autoFocus = false,
  otherThan,
}: NewPinFieldsProps) {
  const { t } = useTranslation();
  const lengthRule = useLengthRule(limits);
  const again = `${name}Again`;
  const differs = (value: string | undefined, other: unknown, sentence: string, wantSame: boolean) =>
    !value || (value === other) === wantSame ? Promise.resolve() : Promise.reject(new Error(sentence));
  return (
    <>
      <Form.Item
        name={name}
        label={label}
        extra={extra}
        dependencies={otherThan ? [otherThan] : []}
        validateTrigger="onBlur"
        rules={[
          { required: true, message: t("fields.required") },
          lengthRule,
          ({ getFieldValue }) => ({
            validator: (_, value: string | undefined) =>
              otherThan ? differs(value, getFieldValue(otherThan), t("tokens.pin.same"), false) : Promise.resolve(),
          }),
        ]}
        style={{ marginBottom: 8 }}
      >
        <Input.Password autoFocus={autoFocus} autoComplete="off" maxLength={255} />
      </Form.Item>
      <Form.Item noStyle dependencies={[name]}>
        {({ getFieldValue }) => <Hints pin={String(getFieldValue(name) ?? "")} />}
      </Form.Item>
      <Form.Item
        name={again}
        label={againLabel}
        dependencies={[name]}
        validateTrigger="onBlur"
        rules={[
          { required: true, message: t("fields.required") },
          ({ getFieldValue }) => ({
            validator: (_, value: string | undefined) =>
              differs(value, getFieldValue(name), t("fields.passwordsDiffer"), true),
          }),
        ]}
      >
        <Input.Password autoComplete="off" maxLength={255} />
      </Form.Item>
    </>
  );
}

function Hints({ pin }: { readonly pin: string }) {
  const { t } = useTranslation();
  return (
    <div aria-live="polite">
      {pinHints(pin).map((hint) => (
        <Typography.Paragraph key={hint} type="warning" style={{ marginBottom: 8 }}>
          {t(`tokens.pin.hints.${hint}`)}
        </Typography.Paragraph>
      ))}
    </div>
  );
}

/** Somebody has to say that the next wrong PIN may be the last, before it is tried (C13, C14). */
export function AcceptFinalTry({ who }: { readonly who: "user" | "so" }) {
  const { t } = useTranslation();
  return (
    <>
      <Alert type="warning" showIcon title={t("tokens.pin.acceptTitle")} style={{ marginBottom: 8 }} />
      <Form.Item
        name="acceptFinalTry"
        valuePropName="checked"
        rules={[
          {
            validator: (_, value: unknown) =>
              value === true ? Promise.resolve() : Promise.reject(new Error(t("tokens.pin.acceptFirst"))),
          },
        ]}
      >
        <Checkbox>{who === "user" ? t("tokens.pin.acceptUser") : t("tokens.pin.acceptSo")}</Checkbox>
      </Form.Item>
    </>
  );
}
