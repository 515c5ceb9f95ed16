import { DownloadOutlined } from "@ant-design/icons";
import { Alert, Button, Flex, Form, Input, Typography } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useClient } from "../../app/bridge-context.ts";
import { useAction } from "../../app/use-action.ts";
import { Dialog } from "../../components/Dialog.tsx";
import { ErrorPanel } from "../../components/ErrorPanel.tsx";
import { ExactText } from "../../components/ExactText.tsx";
import { Landing } from "../../components/Landing.tsx";
import { saveText } from "../../components/save-file.ts";
import { useCopy } from "../../components/use-copy.ts";
import type { ObjectDialogProps } from "./object-dialog.ts";
import { PinEachTime, type PinEachTimeForm, pinOf } from "./PinEachTime.tsx";

interface RequestForm extends PinEachTimeForm {
  readonly subject: string;
  readonly dnsNames?: string;
}

/** H10: PKCS#10, signed by the key on the token. */
export function CertificateRequestDialog({ token, object, onClose }: ObjectDialogProps) {
  const { t } = useTranslation();
  const client = useClient();
  const copy = useCopy();
  const [form] = Form.useForm<RequestForm>();
  const [made, setMade] = useState<{ readonly pem: string; readonly fileName: string }>();
  const request = useAction(client.tokens.requestCertificate);
  const submit = async ({ subject, dnsNames = "", ...use }: RequestForm) => {
    const names = dnsNames.split(/[\s,;]+/).filter((name) => name !== "");
    const what = { id: token.id, ref: object.ref, subject: subject.trim(), dnsNames: names };
    const result = await request.run({ ...what, ...pinOf(use) });
    if (result) setMade(result);
  };
  const label = object.label || t("tokens.objects.noLabel");
  return (
    <Dialog
      title={t("tokens.request.title", { label })}
      width={620}
      onCancel={onClose}
      footer={
        made
          ? [
              <Button key="copy" onClick={() => copy(made.pem)}>
                {t("common.copy")}
              </Button>,
              <Button key="save" icon={<DownloadOutlined />} onClick={() => saveText(made.fileName, made.pem)}>
                {t("tokens.request.save")}
              </Button>,
              <Button key="close" type="primary" onClick={onClose}>
                {t("common.close")}
              </Button>,
            ]
          : [
              <Button key="cancel" onClick={onClose}>
                {t("common.cancel")}
              </Button>,
              <Button key="ok" type="primary" loading={request.pending} onClick={form.submit}>
                {t("tokens.request.ok")}
              </Button>,
            ]
      }
    >
      {made ? (
        <Landing>
          <Flex vertical gap={12}>
            <Alert type="success" showIcon role="status" title={t("tokens.request.done")} />
            <ExactText text={made.pem} label={t("tokens.request.result")} />
          </Flex>
        </Landing>
      ) : (
        <>
          <Typography.Paragraph>{t("tokens.request.text")}</Typography.Paragraph>
          <Form
            form={form}
            layout="vertical"
            requiredMark={false}
            initialValues={{ subject: `CN=${object.label.replaceAll(/[,+"\\<>;=#]/g, " ").trim()}` }}
            onFinish={submit}
            aria-label={t("tokens.request.ok")}
          >
            <Form.Item
              name="subject"
              label={t("tokens.request.subject")}
              extra={t("tokens.request.subjectHint")}
              rules={[
                { required: true, message: t("fields.required") },
                { pattern: /^\s*[A-Za-z0-9.]+\s*=\s*\S/, message: t("tokens.request.subjectHint") },
              ]}
            >
              <Input autoFocus autoComplete="off" spellCheck={false} maxLength={500} />
            </Form.Item>
            <Form.Item
              name="dnsNames"
              label={`${t("tokens.request.dnsNames")} (${t("common.optional")})`}
              extra={t("tokens.request.dnsHint")}
            >
              <Input.TextArea rows={3} autoComplete="off" spellCheck={false} />
            </Form.Item>
            <PinEachTime token={token} object={object} error={request.error} sent={request.pending} />
            <button type="submit" hidden aria-hidden tabIndex={-1} />
          </Form>
          <ErrorPanel error={request.error} />
        </>
      )}
    </Dialog>
  );
}
