import { Alert, Button, Flex, Form, Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useClient } from "../../app/bridge-context.ts";
import { useAction } from "../../app/use-action.ts";
import { ErrorPanel } from "../../components/ErrorPanel.tsx";
import { MessageFields, type MessageForm, messageBytes } from "./MessageFields.tsx";
import type { ObjectDialogProps } from "./object-dialog.ts";
import { fromBase64, givenMessage, signAlgorithms, toBase64 } from "./signed-message.ts";

interface CheckForm extends MessageForm {
  readonly signature: string;
}

/** A bad signature is an answer, and shown as one; only what could not be looked at is an error. */
export function CheckSignature({ token, object, onClose }: ObjectDialogProps) {
  const { t } = useTranslation();
  const client = useClient();
  const [form] = Form.useForm<CheckForm>();
  const [verdict, setVerdict] = useState<{ readonly valid: boolean; readonly by: "keystead" | "token" }>();
  const [tooLong, setTooLong] = useState(false);
  const verify = useAction(client.tokens.verify);
  const algorithms = signAlgorithms(object);
  const submit = async (filled: CheckForm) => {
    setVerdict(undefined);
    const { algorithm } = filled;
    const given = await givenMessage(await messageBytes(filled), algorithm);
    const signature = fromBase64(filled.signature);
    setTooLong(given === undefined);
    if (given === undefined || signature === undefined) return;
    const { messageType, bytes: message } = given;
    const call = { id: token.id, ref: object.ref, algorithm, messageType, message };
    setVerdict(await verify.run({ ...call, signature: toBase64(signature) }));
  };
  return (
    <>
      <Form
        form={form}
        name="token-check"
        layout="vertical"
        requiredMark={false}
        initialValues={{ algorithm: algorithms[0], from: "text" }}
        onFinish={submit}
        onValuesChange={() => setVerdict(undefined)}
        aria-label={t("tokens.sign.check")}
      >
        <MessageFields algorithms={algorithms} />
        <Form.Item
          name="signature"
          label={t("tokens.sign.signature")}
          rules={[
            { required: true, message: t("fields.required") },
            {
              validator: (_, value: string | undefined) =>
                !value || fromBase64(value) ? Promise.resolve() : Promise.reject(new Error(t("tokens.sign.notBase64"))),
            },
          ]}
        >
          <Input.TextArea
            rows={3}
            spellCheck={false}
            autoComplete="off"
            maxLength={8192}
            style={{ fontFamily: "monospace", fontSize: 12 }}
          />
        </Form.Item>
        <button type="submit" hidden aria-hidden tabIndex={-1} />
      </Form>
      {tooLong && <Alert type="warning" showIcon role="alert" title={t("tokens.sign.tooLong")} />}
      <ErrorPanel error={verify.error} onRetry={form.submit} />
      {verdict && (
        <Alert
          type={verdict.valid ? "success" : "error"}
          showIcon
          role="status"
          title={t(verdict.valid ? "tokens.sign.valid" : "tokens.sign.invalid")}
          description={t(`tokens.sign.by.${verdict.by}`)}
        />
      )}
      <Flex gap={8} justify="end" style={{ marginBlockStart: 16 }}>
        <Button onClick={onClose}>{t("common.close")}</Button>
        <Button type="primary" loading={verify.pending} onClick={form.submit}>
          {t("tokens.sign.check")}
        </Button>
      </Flex>
    </>
  );
}
