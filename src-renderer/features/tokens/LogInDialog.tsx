import { Alert, App, Form, Typography } from "antd";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { isKeysteadError } from "#shared/errors/keystead-error.ts";
import { useClient } from "../../app/bridge-context.ts";
import { useAction } from "../../app/use-action.ts";
import { Dialog } from "../../components/Dialog.tsx";
import { ErrorPanel } from "../../components/ErrorPanel.tsx";
import { AcceptFinalTry, PinField } from "./PinFields.tsx";
import { PinPadNotice } from "./PinPadNotice.tsx";
import { tokenName } from "./token-state.ts";
import { useToken } from "./use-tokens.ts";

interface LogInForm {
  readonly pin: string;
  readonly acceptFinalTry?: boolean;
}

interface LogInDialogProps {
  readonly tokenId: string;
  /** An action waits for it. */
  readonly asked?: boolean;
  readonly onClose: (loggedIn: boolean) => void;
}

/** The PIN of a token, asked as late as possible; waits for the token when it is not in. */
export function LogInDialog({ tokenId, asked = false, onClose }: LogInDialogProps) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const client = useClient();
  const [form] = Form.useForm<LogInForm>();
  const token = useToken(tokenId);
  const logIn = useAction(client.tokens.logIn, ["tokens"]);
  const name = token ? tokenName(token, t("tokens.fresh")) : t("tokens.title");
  const warned = isKeysteadError(logIn.error) && logIn.error.code === "tokens/pin-final-try";
  const careful = warned || token?.userPin.state === "final-try";
  const isIn = token?.present === true;
  const possible = isIn && !token.protectedPath && token.userPin.state !== "locked";
  const { resetFields } = form;
  // A PIN typed for a token that was pulled out is not offered to the next one.
  useEffect(() => {
    if (!isIn) resetFields(["pin"]);
  }, [isIn, resetFields]);

  const submit = async ({ pin, acceptFinalTry = false }: LogInForm) => {
    form.resetFields();
    const done = await logIn.run({ id: tokenId, pin, acceptFinalTry });
    if (!done) return form.getFieldInstance("pin")?.focus?.();
    message.success(t("tokens.logIn.done", { name }));
    onClose(true);
  };
  return (
    <Dialog
      title={t("tokens.logIn.title", { name })}
      width={460}
      okText={t("tokens.actions.logIn")}
      okButtonProps={{ disabled: !possible }}
      cancelText={t("common.cancel")}
      confirmLoading={logIn.pending}
      onOk={form.submit}
      onCancel={() => onClose(false)}
      zIndex={1400}
    >
      <Typography.Paragraph>
        {t("tokens.logIn.text")} {asked && t("tokens.logIn.asked")}
      </Typography.Paragraph>
      {!isIn && <Alert type="info" showIcon title={t("tokens.logIn.absent")} />}
      {isIn && token.protectedPath && <PinPadNotice />}
      {isIn && token.userPin.state === "locked" && (
        <Alert type="error" showIcon title={t("tokens.pinMeaning.user.locked")} />
      )}
      {isIn && token.userPin.state === "low" && (
        <Alert type="warning" showIcon title={t("tokens.pinMeaning.user.low")} style={{ marginBottom: 12 }} />
      )}
      {possible && (
        <Form
          // Its fields need ids of their own: it may stand over another form that asks for a PIN.
          name="token-log-in"
          form={form}
          layout="vertical"
          requiredMark={false}
          onFinish={submit}
          aria-label={t("tokens.actions.logIn")}
        >
          <PinField name="pin" label={t("tokens.pin.user")} limits={token.userPin} autoFocus />
          {careful && <AcceptFinalTry who="user" />}
          <button type="submit" hidden aria-hidden tabIndex={-1} />
        </Form>
      )}
      <ErrorPanel error={warned ? undefined : logIn.error} />
    </Dialog>
  );
}
