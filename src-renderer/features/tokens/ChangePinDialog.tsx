import { App, Form, Radio, Typography } from "antd";
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

interface ChangePinForm {
  readonly who: "user" | "so";
  readonly currentPin: string;
  readonly newPin: string;
  readonly newPinAgain: string;
  readonly acceptFinalTry?: boolean;
}

const SECRETS = ["currentPin", "newPin", "newPinAgain", "acceptFinalTry"] as const;

export function ChangePinDialog({
  token: given,
  onClose,
}: {
  readonly token: TokenView;
  readonly onClose: () => void;
}) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const client = useClient();
  const [form] = Form.useForm<ChangePinForm>();
  const token = useToken(given.id) ?? given;
  const who = Form.useWatch("who", form) ?? "user";
  const change = useAction(client.tokens.changePin, ["tokens"]);
  const warned = isKeysteadError(change.error) && change.error.code === "tokens/pin-final-try";
  const state = who === "user" ? token.userPin.state : token.soPin.state;
  const submit = async ({ currentPin, newPin, acceptFinalTry = false }: ChangePinForm) => {
    form.resetFields([...SECRETS]);
    if (!(await change.run({ id: token.id, who, currentPin, newPin, acceptFinalTry }))) return;
    message.success(t("tokens.changePin.done"));
    onClose();
  };
  return (
    <Dialog
      title={t("tokens.changePin.title", { name: tokenName(token, t("tokens.fresh")) })}
      width={480}
      okText={t("tokens.changePin.ok")}
      okButtonProps={{ disabled: state === "locked" }}
      cancelText={t("common.cancel")}
      confirmLoading={change.pending}
      onOk={form.submit}
      onCancel={onClose}
    >
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={{ who: "user" }}
        onFinish={submit}
        aria-label={t("tokens.changePin.ok")}
      >
        <Form.Item name="who" label={t("tokens.changePin.who")}>
          <Radio.Group
            onChange={() => {
              form.resetFields([...SECRETS]);
              change.clear();
            }}
            options={[
              { value: "user", label: t("tokens.changePin.whoUser") },
              { value: "so", label: t("tokens.changePin.whoSo") },
            ]}
          />
        </Form.Item>
        <PinStateNote who={who} state={state} />
        <PinField name="currentPin" label={t("tokens.pin.current")} limits={token.userPin} autoFocus />
        <NewPinFields
          name="newPin"
          label={t("tokens.pin.new")}
          againLabel={t("tokens.pin.newAgain")}
          limits={token.userPin}
        />
        {(warned || state === "final-try") && <AcceptFinalTry who={who} />}
        <button type="submit" hidden aria-hidden tabIndex={-1} />
      </Form>
      <Typography.Paragraph type="secondary">{t("tokens.changePin.note")}</Typography.Paragraph>
      <ErrorPanel error={warned ? undefined : change.error} />
    </Dialog>
  );
}
