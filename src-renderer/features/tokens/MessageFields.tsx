import { UploadOutlined } from "@ant-design/icons";
import { Button, Flex, Form, Input, Segmented, Select, Typography, Upload } from "antd";
import { useTranslation } from "react-i18next";
import { LIMITS } from "#shared/limits.ts";
import type { SignAlgorithm } from "#shared/sign-algorithms.ts";

export interface MessageForm {
  readonly algorithm: SignAlgorithm;
  readonly from: "text" | "file";
  readonly text?: string;
  readonly file?: File;
}

/** The message as bytes, whichever way it is given; an empty one is refused by the fields. */
export async function messageBytes({ from, text = "", file }: MessageForm): Promise<Uint8Array<ArrayBuffer>> {
  if (from === "text") return new TextEncoder().encode(text);
  return file === undefined ? new Uint8Array() : new Uint8Array(await file.arrayBuffer());
}

/** Which algorithm, and the message as text or as a file. Part of the form for signing and of that for checking. */
export function MessageFields({ algorithms }: { readonly algorithms: readonly SignAlgorithm[] }) {
  const { t } = useTranslation();
  const form = Form.useFormInstance<MessageForm>();
  const from = Form.useWatch("from", form) ?? "text";
  return (
    <>
      <Form.Item
        name="algorithm"
        label={t("tokens.sign.algorithm")}
        extra={algorithms[0]?.startsWith("ECDSA") && t("tokens.sign.algorithmHint")}
      >
        <Select
          options={algorithms.map((value) => ({ value, label: t(`tokens.sign.algorithms.${value}`) }))}
          disabled={algorithms.length < 2}
        />
      </Form.Item>
      <Form.Item name="from" label={t("tokens.sign.message")} style={{ marginBottom: 8 }}>
        <Segmented
          aria-label={t("tokens.sign.messageFrom")}
          options={[
            { value: "text", label: t("tokens.sign.asText") },
            { value: "file", label: t("tokens.sign.asFile") },
          ]}
        />
      </Form.Item>
      {from === "text" ? (
        <Form.Item
          name="text"
          rules={[{ required: true, message: t("fields.required") }]}
          extra={t("tokens.sign.exact")}
        >
          <Input.TextArea
            autoFocus
            rows={4}
            spellCheck={false}
            autoComplete="off"
            aria-label={t("tokens.sign.message")}
            maxLength={LIMITS.signedMessageBytes * 16}
          />
        </Form.Item>
      ) : (
        <Form.Item
          name="file"
          rules={[{ required: true, message: t("tokens.sign.chooseFile") }]}
          extra={t("tokens.sign.fileHint")}
        >
          <FilePick />
        </Form.Item>
      )}
    </>
  );
}

interface FilePickProps {
  readonly value?: File;
  readonly onChange?: (file: File) => void;
}

/** A field of a form. Nothing is uploaded: a long file is hashed in this page. */
function FilePick({ value, onChange }: FilePickProps) {
  const { t } = useTranslation();
  return (
    <Flex gap={8} align="center" wrap>
      <Upload
        maxCount={1}
        showUploadList={false}
        beforeUpload={(file) => {
          onChange?.(file);
          return false;
        }}
      >
        <Button icon={<UploadOutlined />}>{t("tokens.sign.choose")}</Button>
      </Upload>
      {value && <Typography.Text>{`${value.name} (${value.size.toLocaleString()} B)`}</Typography.Text>}
    </Flex>
  );
}
