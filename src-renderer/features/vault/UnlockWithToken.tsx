import { Button, Flex, Form, Spin, Typography } from "antd";
import { useTranslation } from "react-i18next";
import { isKeysteadError } from "#shared/errors/keystead-error.ts";
import type { TokenWay } from "#shared/models/vault.ts";
import { useClient } from "../../app/bridge-context.ts";
import { useAction } from "../../app/use-action.ts";
import { useSetVaultStatus } from "../../app/use-vault.ts";
import { useWindowStore } from "../../app/window-store.ts";
import { ErrorPanel } from "../../components/ErrorPanel.tsx";
import { PROOF_SECRETS, proofOf, TokenProofFields, type TokenProofForm } from "../tokens/TokenProofFields.tsx";

/** A registered UKey and its PIN open the vault (V01, H06), some only together with the password. */
export function UnlockWithToken({ tokens }: { readonly tokens: readonly TokenWay[] }) {
  const { t } = useTranslation();
  const client = useClient();
  const setStatus = useSetVaultStatus();
  const [form] = Form.useForm<TokenProofForm>();
  const unlock = useAction(client.vault.unlockWithToken);
  const warned = isKeysteadError(unlock.error) && unlock.error.code === "tokens/pin-final-try";
  const submit = async (values: TokenProofForm) => {
    form.resetFields(PROOF_SECRETS);
    const open = await unlock.run(proofOf(values));
    if (open) {
      useWindowStore.getState().setLockReason(undefined);
      setStatus(open);
    } else form.getFieldInstance("pin")?.focus?.();
  };
  const text = tokens.every((token) => token.needsPassword) ? t("tokens.unlock.textBoth") : t("tokens.unlock.text");
  return (
    <Flex vertical gap={16}>
      <Form form={form} layout="vertical" requiredMark={false} onFinish={submit} aria-label={t("tokens.unlock.ok")}>
        <Typography.Paragraph>{text}</Typography.Paragraph>
        <TokenProofFields tokens={tokens} warned={warned} />
        <Button type="primary" htmlType="submit" block loading={unlock.pending}>
          {t("tokens.unlock.ok")}
        </Button>
      </Form>
      {unlock.pending && <Spin description={t("tokens.unlock.asking")} />}
      <ErrorPanel error={warned ? undefined : unlock.error} />
    </Flex>
  );
}
