import { App, Form, Input } from "antd";
import { useTranslation } from "react-i18next";
import { LIMITS } from "#shared/limits.ts";
import type { Keypair } from "#shared/models/keypair.ts";
import { useClient } from "../../app/bridge-context.ts";
import { useAction } from "../../app/use-action.ts";
import { Dialog } from "../../components/Dialog.tsx";
import { ErrorPanel } from "../../components/ErrorPanel.tsx";
import { useNameRules } from "../../components/field-rules.ts";

interface RenameDialogProps {
  readonly keypair: Pick<Keypair, "id" | "name">;
  readonly onClose: () => void;
}

export function RenameDialog({ keypair, onClose }: RenameDialogProps) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const client = useClient();
  const [form] = Form.useForm<{ name: string }>();
  const rename = useAction(client.keypairs.rename, ["keypairs", "servers"]);
  const rules = useNameRules();
  const submit = async ({ name }: { name: string }) => {
    if (!(await rename.run({ id: keypair.id, name }))) return;
    message.success(t("keypairs.renamed"));
    onClose();
  };
  return (
    <Dialog
      title={`${t("keypairs.rename")}: ${keypair.name}`}
      okText={t("common.save")}
      cancelText={t("common.cancel")}
      confirmLoading={rename.pending}
      onOk={form.submit}
      onCancel={onClose}
    >
      <Form form={form} layout="vertical" requiredMark={false} initialValues={{ name: keypair.name }} onFinish={submit}>
        <Form.Item name="name" label={t("common.name")} rules={rules}>
          <Input autoFocus autoComplete="off" maxLength={LIMITS.nameMax} />
        </Form.Item>
      </Form>
      <ErrorPanel error={rename.error} />
    </Dialog>
  );
}
