import { DownloadOutlined } from "@ant-design/icons";
import { Alert, Button, Flex, Form, Typography } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useClient } from "../../app/bridge-context.ts";
import { useAction } from "../../app/use-action.ts";
import { ErrorPanel } from "../../components/ErrorPanel.tsx";
import { ExactText } from "../../components/ExactText.tsx";
import { saveFile } from "../../components/save-file.ts";
import { useCopy } from "../../components/use-copy.ts";
import { MessageFields, type MessageForm, messageBytes } from "./MessageFields.tsx";
import type { ObjectDialogProps } from "./object-dialog.ts";
import { PinEachTime, type PinEachTimeForm, pinOf } from "./PinEachTime.tsx";
import { fromBase64, givenMessage, opensslCheck, signAlgorithms } from "./signed-message.ts";

interface Made {
  readonly signature: string;
  readonly form: MessageForm;
}

export function MakeSignature({ token, object, onClose }: ObjectDialogProps) {
  const { t } = useTranslation();
  const client = useClient();
  const copy = useCopy();
  const [form] = Form.useForm<MessageForm & PinEachTimeForm>();
  const [made, setMade] = useState<Made>();
  const [tooLong, setTooLong] = useState(false);
  const sign = useAction(client.tokens.sign);
  const algorithms = signAlgorithms(object);
  const submit = async ({ pin, acceptFinalTry, ...filled }: MessageForm & PinEachTimeForm) => {
    setMade(undefined);
    const given = await givenMessage(await messageBytes(filled), filled.algorithm);
    setTooLong(given === undefined);
    if (given === undefined) return;
    const { algorithm } = filled;
    const { messageType, bytes } = given;
    const what = { id: token.id, ref: object.ref, algorithm, messageType, messages: [bytes] };
    const done = await sign.run({ ...what, ...pinOf({ pin, acceptFinalTry }) });
    const signature = done?.signatures[0];
    if (signature !== undefined) setMade({ signature, form: filled });
  };
  const save = ({ signature, form: { file } }: Made) =>
    saveFile(`${file?.name ?? "message"}.sig`, fromBase64(signature) ?? new Uint8Array());
  return (
    <>
      <Form
        form={form}
        name="token-sign"
        layout="vertical"
        requiredMark={false}
        initialValues={{ algorithm: algorithms[0], from: "text" }}
        onFinish={submit}
        onValuesChange={(changed) => !("pin" in changed) && setMade(undefined)}
        aria-label={t("tokens.sign.make")}
      >
        <MessageFields algorithms={algorithms} />
        <PinEachTime token={token} object={object} error={sign.error} sent={sign.pending} />
        <button type="submit" hidden aria-hidden tabIndex={-1} />
      </Form>
      {tooLong && <Alert type="warning" showIcon role="alert" title={t("tokens.sign.tooLong")} />}
      <ErrorPanel error={sign.error} onRetry={form.submit} />
      {made && (
        <Flex vertical gap={8} role="status">
          <Typography.Text strong>{t("tokens.sign.signature")}</Typography.Text>
          <ExactText text={made.signature} label={t("tokens.sign.signature")} />
          <Typography.Text type="secondary">{t("tokens.sign.howToCheck")}</Typography.Text>
          <ExactText text={opensslCheck(made.form.algorithm)} label={t("tokens.sign.howToCheck")} />
        </Flex>
      )}
      <Flex gap={8} justify="end" wrap style={{ marginBlockStart: 16 }}>
        {made && <Button onClick={() => copy(made.signature)}>{t("tokens.sign.copy")}</Button>}
        {made && (
          <Button icon={<DownloadOutlined />} onClick={() => save(made)}>
            {t("tokens.sign.save")}
          </Button>
        )}
        <Button onClick={onClose}>{t("common.close")}</Button>
        <Button type="primary" loading={sign.pending} onClick={form.submit}>
          {t("tokens.sign.make")}
        </Button>
      </Flex>
    </>
  );
}
