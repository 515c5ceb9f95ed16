import { UploadOutlined } from "@ant-design/icons";
import { App, Button, Form, Input, Typography, Upload } from "antd";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { isKeysteadError } from "#shared/errors/keystead-error.ts";
import { LIMITS } from "#shared/limits.ts";
import type { Keypair } from "#shared/models/keypair.ts";
import { useClient } from "../../app/bridge-context.ts";
import { useAction } from "../../app/use-action.ts";
import { Dialog } from "../../components/Dialog.tsx";
import { ErrorPanel } from "../../components/ErrorPanel.tsx";
import { Identifier } from "../../components/Identifier.tsx";

interface ImportForm {
  readonly privateKey: string;
  readonly passphrase?: string;
}

interface ImportDialogProps {
  readonly keypair: Pick<Keypair, "id" | "name" | "fingerprintSha256">;
  readonly onClose: () => void;
}

/**
 * The private half comes in by paste or from a file read here. The passphrase is dropped from the form before the answer is
 * there; the key's text stays until the dialog closes, so that a wrong passphrase costs the passphrase only.
 */
export function ImportPrivateKeyDialog({ keypair, onClose }: ImportDialogProps) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const client = useClient();
  const [form] = Form.useForm<ImportForm>();
  const run = useAction(client.keypairs.importPrivateKey, ["keypairs"]);
  const submit = async ({ privateKey, passphrase }: ImportForm) => {
    form.resetFields(["passphrase"]);
    const done = await run.run({ id: keypair.id, privateKey, ...(passphrase ? { passphrase } : {}) });
    if (!done) return;
    message.success(t("keypairs.imported"));
    onClose();
  };
  // The passphrase was wrong or missing: it is what has to be typed now.
  const wantsPassphrase =
    isKeysteadError(run.error) &&
    (run.error.code === "keypairs/passphrase-required" || run.error.code === "keypairs/passphrase-wrong");
  useEffect(() => {
    if (wantsPassphrase) form.getFieldInstance("passphrase")?.focus();
  }, [wantsPassphrase, form]);
  return (
    <Dialog
      title={`${t("keypairs.import")}: ${keypair.name}`}
      okText={t("keypairs.import")}
      cancelText={t("common.cancel")}
      confirmLoading={run.pending}
      onOk={form.submit}
      onCancel={onClose}
    >
      <Typography.Paragraph>{t("keypairs.importIntro")}</Typography.Paragraph>
      <Identifier value={keypair.fingerprintSha256} label={t("keypairs.facts.fingerprintSha256")} />
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        onFinish={submit}
        aria-label={t("keypairs.import")}
        style={{ marginTop: 12 }}
      >
        <Form.Item
          name="privateKey"
          label={t("keypairs.importText")}
          rules={[{ required: true, message: t("fields.required") }]}
        >
          <Input.TextArea
            autoFocus
            rows={6}
            spellCheck={false}
            autoComplete="off"
            maxLength={LIMITS.keyFileBytes}
            style={{ fontFamily: "monospace", fontSize: 12 }}
          />
        </Form.Item>
        <Form.Item>
          <Upload
            maxCount={1}
            showUploadList={false}
            beforeUpload={(file) => {
              // Nothing is uploaded: the file is read into the form, if it can be a key file at all.
              if (file.size > LIMITS.keyFileBytes) message.warning(t("keypairs.fileTooLarge"));
              else void file.text().then((text) => form.setFieldValue("privateKey", text));
              return false;
            }}
          >
            <Button icon={<UploadOutlined />}>{t("keypairs.importFile")}</Button>
          </Upload>
        </Form.Item>
        <Form.Item name="passphrase" label={`${t("keypairs.importPassphrase")} (${t("common.optional")})`}>
          <Input.Password autoComplete="off" maxLength={LIMITS.passwordMax} />
        </Form.Item>
      </Form>
      <ErrorPanel error={run.error} />
    </Dialog>
  );
}
