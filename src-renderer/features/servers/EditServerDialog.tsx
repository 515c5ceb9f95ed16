import { Alert, App, Form } from "antd";
import { useTranslation } from "react-i18next";
import type { Server } from "#shared/models/server.ts";
import { useClient } from "../../app/bridge-context.ts";
import { useAction } from "../../app/use-action.ts";
import { Dialog } from "../../components/Dialog.tsx";
import { ErrorPanel } from "../../components/ErrorPanel.tsx";
import { AddressFields, type AddressForm } from "./AddressFields.tsx";

export function EditServerDialog({ server, onClose }: { readonly server: Server; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const client = useClient();
  const [form] = Form.useForm<AddressForm>();
  const update = useAction(client.servers.update, ["servers"]);
  const { name, host, port, user, profile } = server;
  const submit = async (values: AddressForm) => {
    if (!(await update.run({ id: server.id, ...values }))) return;
    message.success(t("servers.saved"));
    onClose();
  };
  return (
    <Dialog
      title={`${t("servers.edit")}: ${server.name}`}
      okText={t("common.save")}
      cancelText={t("common.cancel")}
      confirmLoading={update.pending}
      onOk={form.submit}
      onCancel={onClose}
    >
      <Alert type="info" showIcon title={t("servers.editHint")} style={{ marginBottom: 16 }} />
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={{ name, host, port, user, profile }}
        onFinish={submit}
        aria-label={t("servers.edit")}
      >
        <AddressFields />
        <button type="submit" hidden aria-hidden tabIndex={-1} />
      </Form>
      <ErrorPanel error={update.error} />
    </Dialog>
  );
}
