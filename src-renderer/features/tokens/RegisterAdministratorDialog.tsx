import { Alert, App, Form, Select, Typography } from "antd";
import { useTranslation } from "react-i18next";
import type { Administrator } from "#shared/models/token.ts";
import { useClient } from "../../app/bridge-context.ts";
import { useAction } from "../../app/use-action.ts";
import { Dialog } from "../../components/Dialog.tsx";
import { ErrorPanel } from "../../components/ErrorPanel.tsx";
import { PinField } from "./PinFields.tsx";
import { PinPadNotice } from "./PinPadNotice.tsx";
import { PinStateNote } from "./PinStateNote.tsx";
import { RegistrationMode } from "./RegistrationMode.tsx";
import { tokenName, usableTokens } from "./token-state.ts";
import { useTokens } from "./use-tokens.ts";

interface RegisterForm {
  readonly tokenId?: string;
  readonly pin: string;
  readonly mode: "alone" | "with-password";
  readonly password?: string;
  readonly checkBy?: { readonly slotId: string; readonly pin: string };
}

interface RegisterDialogProps {
  readonly registered: readonly Administrator[];
  /** Given from the token's own page. */
  readonly tokenId?: string;
  readonly onClose: () => void;
}

/** Critical: main asks for the vault's password besides the PIN. */
export function RegisterAdministratorDialog({ registered, tokenId, onClose }: RegisterDialogProps) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const client = useClient();
  const [form] = Form.useForm<RegisterForm>();
  const { tokens } = useTokens();
  const free = usableTokens(tokens).filter(
    (token) => token.id === tokenId || !registered.some((one) => one.tokenSerial === token.serial),
  );
  const chosen = Form.useWatch("tokenId", form) ?? tokenId ?? free[0]?.id;
  const token = free.find((one) => one.id === chosen);
  const register = useAction(client.tokens.registerAdministrator, ["tokens", "vault"]);
  const submit = async ({ pin, mode, password, checkBy }: RegisterForm) => {
    if (!token) return;
    form.resetFields(["pin", "password", ["checkBy", "pin"]]);
    const beside = mode === "with-password" ? { password, ...(checkBy ? { checkBy } : {}) } : {};
    if (!(await register.run({ id: token.id, pin, mode, ...beside }))) return;
    message.success(t("tokens.administrators.registered", { name: tokenName(token, t("tokens.fresh")) }));
    onClose();
  };
  return (
    <Dialog
      title={t("tokens.administrators.registerTitle")}
      width={500}
      okText={t("tokens.administrators.ok")}
      okButtonProps={{ disabled: !token || token.protectedPath || token.userPin.state === "locked" }}
      cancelText={t("common.cancel")}
      confirmLoading={register.pending}
      onOk={form.submit}
      onCancel={onClose}
    >
      <Typography.Paragraph>{t("tokens.administrators.registerText")}</Typography.Paragraph>
      {free.length === 0 && <Alert type="info" showIcon title={t("tokens.administrators.noToken")} />}
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        onFinish={submit}
        aria-label={t("tokens.administrators.ok")}
        hidden={free.length === 0}
      >
        <Form.Item
          name="tokenId"
          label={t("tokens.administrators.token")}
          initialValue={tokenId ?? free[0]?.id}
          hidden={tokenId !== undefined}
        >
          <Select
            onChange={() => form.resetFields(["pin"])}
            options={free.map((one) => ({
              value: one.id,
              label: `${tokenName(one, t("tokens.fresh"))} · ${one.serial}`,
            }))}
          />
        </Form.Item>
        {token?.protectedPath && <PinPadNotice />}
        {token && <PinStateNote who="user" state={token.userPin.state} />}
        {token && !token.protectedPath && (
          <PinField name="pin" label={t("tokens.pin.user")} limits={token.userPin} autoFocus />
        )}
        {token && !token.protectedPath && <RegistrationMode />}
        <button type="submit" hidden aria-hidden tabIndex={-1} />
      </Form>
      <ErrorPanel error={register.error} />
    </Dialog>
  );
}
