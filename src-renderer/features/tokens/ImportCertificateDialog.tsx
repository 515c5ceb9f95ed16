import { UploadOutlined } from "@ant-design/icons";
import { App, Button, Form, Input, Typography, Upload } from "antd";
import { useTranslation } from "react-i18next";
import { LIMITS } from "#shared/limits.ts";
import type { TokenView } from "#shared/models/token.ts";
import { useClient } from "../../app/bridge-context.ts";
import { useAction } from "../../app/use-action.ts";
import { Dialog } from "../../components/Dialog.tsx";
import { ErrorPanel } from "../../components/ErrorPanel.tsx";
import { tokenName } from "./token-state.ts";

interface ImportForm {
  readonly certificate: string;
  readonly label?: string;
}

export function ImportCertificateDialog({
  token,
  onClose,
}: {
  readonly token: TokenView;
  readonly onClose: () => void;
}) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const client = useClient();
  const [form] = Form.useForm<ImportForm>();
  const put = useAction(client.tokens.importCertificate, ["tokens"]);
  const submit = async ({ certificate, label }: ImportForm) => {
    const done = await put.run({ id: token.id, certificate, ...(label?.trim() ? { label: label.trim() } : {}) });
    if (!done) return;
    message.success(t("tokens.certificate.done", { label: done.object.label }));
    onClose();
  };
  return (
    <Dialog
      title={t("tokens.certificate.importTitle", { name: tokenName(token, t("tokens.fresh")) })}
      width={600}
      okText={t("tokens.certificate.ok")}
      cancelText={t("common.cancel")}
      confirmLoading={put.pending}
      onOk={form.submit}
      onCancel={onClose}
    >
      <Typography.Paragraph>{t("tokens.certificate.importText")}</Typography.Paragraph>
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        onFinish={submit}
        aria-label={t("tokens.certificate.ok")}
      >
        <Form.Item
          name="certificate"
          label={t("tokens.certificate.text")}
          rules={[{ required: true, message: t("fields.required") }]}
        >
          <Input.TextArea
            autoFocus
            rows={7}
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
              // Nothing is uploaded: the file is read into the form. DER has no text, so it is taken as base64.
              if (file.size > LIMITS.keyFileBytes / 2) message.warning(t("tokens.certificate.fileTooLarge"));
              else void file.arrayBuffer().then((bytes) => form.setFieldValue("certificate", certificateText(bytes)));
              return false;
            }}
          >
            <Button icon={<UploadOutlined />}>{t("tokens.certificate.file")}</Button>
          </Upload>
        </Form.Item>
        <Form.Item
          name="label"
          label={`${t("tokens.certificate.label")} (${t("common.optional")})`}
          extra={t("tokens.certificate.labelHint")}
        >
          <Input autoComplete="off" maxLength={100} />
        </Form.Item>
        <button type="submit" hidden aria-hidden tabIndex={-1} />
      </Form>
      <ErrorPanel error={put.error} />
    </Dialog>
  );
}

/** PEM stays as it is; DER, which begins with the tag of a SEQUENCE, becomes base64. */
function certificateText(file: ArrayBuffer): string {
  const bytes = new Uint8Array(file);
  if (bytes[0] !== 0x30) return new TextDecoder().decode(bytes);
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}
