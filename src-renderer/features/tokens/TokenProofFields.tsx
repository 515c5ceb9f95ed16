import { Form, Input, Select } from "antd";
import { useTranslation } from "react-i18next";
import { LIMITS } from "#shared/limits.ts";
import type { TokenWay } from "#shared/models/vault.ts";
import { AcceptFinalTry, PinField } from "./PinFields.tsx";

/** What the fields below put into their form. */
export interface TokenProofForm {
  readonly slotId: string;
  readonly pin: string;
  readonly password?: string;
  readonly acceptFinalTry?: boolean;
}

/** What is emptied as soon as it was sent: a PIN is typed anew for every try. */
export const PROOF_SECRETS: (keyof TokenProofForm)[] = ["pin", "password", "acceptFinalTry"];

/** Whichever is in is seen only when it is tried. */
const ANY = "";
export const anyOrOnly = (tokens: readonly TokenWay[]) => (tokens.length === 1 ? tokens[0]?.slotId : ANY);

/** The form's values as the operations take them. */
export function proofOf({ slotId, pin, password, acceptFinalTry = false }: TokenProofForm) {
  return { pin, acceptFinalTry, ...(slotId === ANY ? {} : { slotId }), ...(password ? { password } : {}) };
}

interface TokenProofFieldsProps {
  readonly tokens: readonly TokenWay[];
  /** Main has said that the next wrong PIN may be the last. */
  readonly warned: boolean;
  /** Where the password is wanted whatever the token is. */
  readonly passwordAlways?: boolean;
}

/** Which UKey, its PIN, and the password where the UKey opens the vault only together with it. Part of a form. */
export function TokenProofFields({ tokens, warned, passwordAlways = false }: TokenProofFieldsProps) {
  const { t } = useTranslation();
  const form = Form.useFormInstance<TokenProofForm>();
  const slotId = Form.useWatch("slotId", form) ?? anyOrOnly(tokens);
  const meant = tokens.filter((token) => slotId === ANY || token.slotId === slotId);
  const password = passwordAlways || meant.some((token) => token.needsPassword);
  const required = passwordAlways || meant.every((token) => token.needsPassword);
  return (
    <>
      <Form.Item name="slotId" label={t("tokens.unlock.slot")} initialValue={anyOrOnly(tokens)}>
        <Select
          options={[
            ...(tokens.length > 1 ? [{ value: ANY, label: t("tokens.unlock.any") }] : []),
            ...tokens.map((token) => ({
              value: token.slotId,
              label: t("tokens.unlock.slotOption", { label: token.label, serial: token.serial, user: token.userName }),
            })),
          ]}
        />
      </Form.Item>
      <PinField name="pin" label={t("tokens.pin.user")} autoFocus />
      {password && (
        <Form.Item
          name="password"
          label={t("tokens.unlock.vaultPassword")}
          extra={required ? undefined : t("tokens.unlock.vaultPasswordHint")}
          rules={[{ required, message: t("fields.required") }]}
        >
          <Input.Password autoComplete="current-password" maxLength={LIMITS.passwordMax} />
        </Form.Item>
      )}
      {warned && <AcceptFinalTry who="user" />}
    </>
  );
}
