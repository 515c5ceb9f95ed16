import { App, Form, Input } from "antd";
import { useTranslation } from "react-i18next";
import { useClient } from "../../app/bridge-context.ts";
import { useAction } from "../../app/use-action.ts";
import { Dialog } from "../../components/Dialog.tsx";
import { ErrorPanel } from "../../components/ErrorPanel.tsx";
import type { ObjectDialogProps } from "./object-dialog.ts";

export function RenameObjectDialog({ token, object, onClose }: ObjectDialogProps) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const client = useClient();
  const [form] = Form.useForm<{ label: string }>();
  const rename = useAction(client.tokens.renameObject, ["tokens"]);
  const submit = async ({ label }: { label: string }) => {
    if (!(await rename.run({ id: token.id, ref: object.ref, label: label.trim() }))) return;
    message.success(t("tokens.objects.renamed"));
    onClose();
  };
  return (
    <Dialog
      title={`${t("tokens.objects.rename")}: ${object.label || t("tokens.objects.noLabel")}`}
      width={460}
      okText={t("common.save")}
      cancelText={t("common.cancel")}
      confirmLoading={rename.pending}
      onOk={form.submit}
      onCancel={onClose}
    >
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={{ label: object.label }}
        onFinish={submit}
      >
        <Form.Item
          name="label"
          label={t("tokens.objects.columns.label")}
          extra={t("tokens.objects.renameHint")}
          rules={[{ required: true, whitespace: true, message: t("fields.required") }]}
        >
          <Input autoFocus autoComplete="off" maxLength={100} />
        </Form.Item>
      </Form>
      <ErrorPanel error={rename.error} />
    </Dialog>
  );
}
