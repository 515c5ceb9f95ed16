import { App, Form, Typography } from "antd";
import { useTranslation } from "react-i18next";
import { isKeysteadError } from "#shared/errors/keystead-error.ts";
import type { TokenView } from "#shared/models/token.ts";
import { useClient } from "../../app/bridge-context.ts";
import { useAction } from "../../app/use-action.ts";
import { Dialog } from "../../components/Dialog.tsx";
import { ErrorPanel } from "../../components/ErrorPanel.tsx";
import { AcceptFinalTry, NewPinFields, PinField } from "./PinFields.tsx";
import { PinStateNote } from "./PinStateNote.tsx";
import { tokenName } from "./token-state.ts";
import { useToken } from "./use-tokens.ts";

interface UnblockForm {
  readonly soPin: string;
  readonly newPin: string;
  readonly acceptFinalTry?: boolean;
}

/** A new user PIN by the security officer's. Critical: main asks for the vault's password besides. */
export function UnblockPinDialog({
  token: given,
  onClose,
}: {
  readonly token: TokenView;
  readonly onClose: () => void;
}) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const client = useClient();
  const [form] = Form.useForm<UnblockForm>();
  const token = useToken(given.id) ?? given;
  const unblock = useAction(client.tokens.unblockPin, ["tokens"]);
  const warned = isKeysteadError(unblock.error) && unblock.error.code === "tokens/pin-final-try";
  const submit = async ({ soPin, newPin, acceptFinalTry = false }: UnblockForm) => {
    form.resetFields();
    if (!(await unblock.run({ id: token.id, soPin, newPin, acceptFinalTry }))) return;
    message.success(t("tokens.unblock.done"));
    onClose();
  };
  return (
    <Dialog
      title={t("tokens.unblock.title", { name: tokenName(token, t("tokens.fresh")) })}
      width={480}
      okText={t("tokens.unblock.ok")}
      okButtonProps={{ disabled: token.soPin.state === "locked" }}
      cancelText={t("common.cancel")}
      confirmLoading={unblock.pending}
      onOk={form.submit}
      onCancel={onClose}
    >
      <Typography.Paragraph>{t("tokens.unblock.text")}</Typography.Paragraph>
      <PinStateNote who="so" state={token.soPin.state} />
      <Form form={form} layout="vertical" requiredMark={false} onFinish={submit} aria-label={t("tokens.unblock.ok")}>
        <PinField name="soPin" label={t("tokens.pin.so")} limits={token.userPin} autoFocus />
        <NewPinFields
          name="newPin"
          label={t("tokens.pin.newUser")}
          againLabel={t("tokens.pin.newUserAgain")}
          limits={token.userPin}
          otherThan="soPin"
        />
        {(warned || token.soPin.state === "final-try") && <AcceptFinalTry who="so" />}
        <button type="submit" hidden aria-hidden tabIndex={-1} />
      </Form>
      <ErrorPanel error={warned ? undefined : unblock.error} />
    </Dialog>
  );
}
