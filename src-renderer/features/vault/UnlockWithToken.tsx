import { Button, Flex, Form, Select, Spin, Typography } from "antd";
import { useTranslation } from "react-i18next";
import { isKeysteadError } from "#shared/errors/keystead-error.ts";
import type { VaultStatus } from "#shared/models/vault.ts";
import { useClient } from "../../app/bridge-context.ts";
import { useAction } from "../../app/use-action.ts";
import { useSetVaultStatus } from "../../app/use-vault.ts";
import { useWindowStore } from "../../app/window-store.ts";
import { ErrorPanel } from "../../components/ErrorPanel.tsx";
import { AcceptFinalTry, PinField } from "../tokens/PinFields.tsx";

interface UnlockForm {
  readonly slotId: string;
  readonly pin: string;
  readonly acceptFinalTry?: boolean;
}

const ANY = "";

/** A registered UKey and its PIN open the vault (V01, H06). Which one is in is seen only when it is tried. */
export function UnlockWithToken({ tokens }: { readonly tokens: Extract<VaultStatus, { state: "locked" }>["tokens"] }) {
  const { t } = useTranslation();
  const client = useClient();
  const setStatus = useSetVaultStatus();
  const [form] = Form.useForm<UnlockForm>();
  const unlock = useAction(client.vault.unlockWithToken);
  const warned = isKeysteadError(unlock.error) && unlock.error.code === "tokens/pin-final-try";
  const submit = async ({ slotId, pin, acceptFinalTry = false }: UnlockForm) => {
    form.resetFields(["pin", "acceptFinalTry"]);
    const open = await unlock.run({ pin, acceptFinalTry, ...(slotId === ANY ? {} : { slotId }) });
    if (open) {
      useWindowStore.getState().setLockReason(undefined);
      setStatus(open);
    } else form.getFieldInstance("pin")?.focus?.();
  };
  return (
    <Flex vertical gap={16}>
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={{ slotId: tokens.length === 1 ? tokens[0]?.slotId : ANY }}
        onFinish={submit}
        aria-label={t("tokens.unlock.ok")}
      >
        <Typography.Paragraph>{t("tokens.unlock.text")}</Typography.Paragraph>
        <Form.Item name="slotId" label={t("tokens.unlock.slot")}>
          <Select
            options={[
              ...(tokens.length > 1 ? [{ value: ANY, label: t("tokens.unlock.any") }] : []),
              ...tokens.map((token) => ({
                value: token.slotId,
                label: t("tokens.unlock.slotOption", {
                  label: token.label,
                  serial: token.serial,
                  user: token.userName,
                }),
              })),
            ]}
          />
        </Form.Item>
        <PinField name="pin" label={t("tokens.pin.user")} autoFocus />
        {warned && <AcceptFinalTry who="user" />}
        <Button type="primary" htmlType="submit" block loading={unlock.pending}>
          {t("tokens.unlock.ok")}
        </Button>
      </Form>
      {unlock.pending && <Spin description={t("tokens.unlock.asking")} />}
      <ErrorPanel error={warned ? undefined : unlock.error} />
    </Flex>
  );
}
