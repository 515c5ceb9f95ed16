import { Alert, Form, Select } from "antd";
import { useTranslation } from "react-i18next";
import { TokenReady } from "./TokenReady.tsx";
import { tokenName, usableTokens } from "./token-state.ts";
import { useTokens } from "./use-tokens.ts";

/** Part of a form: which token, and its PIN where nobody is logged in. Sets `tokenId`. */
export function TokenChoice() {
  const { t } = useTranslation();
  const { tokens } = useTokens();
  const form = Form.useFormInstance<{ tokenId?: string }>();
  const usable = usableTokens(tokens).filter((token) => !token.writeProtected);
  const first = usable.find((token) => token.loggedIn === "user") ?? usable[0];
  const chosen = Form.useWatch("tokenId", form);
  const token = usable.find((one) => one.id === chosen);
  if (usable.length === 0)
    return (
      <Alert type="warning" showIcon role="status" title={t("tokens.keypair.noToken")} style={{ marginBottom: 16 }} />
    );
  return (
    <>
      <Form.Item
        name="tokenId"
        label={t("tokens.keypair.token")}
        extra={t("tokens.keypair.tokenHint")}
        initialValue={first?.id}
        rules={[{ required: true, message: t("fields.required") }]}
      >
        <Select
          options={usable.map((one) => ({
            value: one.id,
            label: `${tokenName(one, t("tokens.fresh"))} · ${one.serial}`,
          }))}
        />
      </Form.Item>
      {token && <TokenReady tokenId={token.id} label={tokenName(token, t("tokens.fresh"))} />}
    </>
  );
}
