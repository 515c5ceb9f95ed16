import { DownloadOutlined } from "@ant-design/icons";
import { App, Button, Flex, Segmented, Skeleton } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useOperation } from "../../app/use-operation.ts";
import { Dialog } from "../../components/Dialog.tsx";
import { ErrorPanel } from "../../components/ErrorPanel.tsx";
import { ExactText } from "../../components/ExactText.tsx";
import { saveText } from "../../components/save-file.ts";
import { useCopy } from "../../components/use-copy.ts";
import type { ObjectDialogProps } from "./object-dialog.ts";

export function ObjectPublicKeyDialog({ token, object, onClose }: ObjectDialogProps) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const copy = useCopy();
  const [format, setFormat] = useState<"openssh" | "pem">("openssh");
  const input = useMemo(() => ({ id: token.id, ref: object.ref, format }), [token.id, object.ref, format]);
  const file = useOperation("tokens", "publicKey", input);
  const save = () => {
    if (!file.data) return;
    saveText(file.data.fileName, file.data.text);
    message.success(t("keypairs.downloadSaid", { file: file.data.fileName }));
  };
  return (
    <Dialog
      title={t("tokens.publicKey.title", { label: object.label || t("tokens.objects.noLabel") })}
      width={620}
      onCancel={onClose}
      footer={[
        <Button key="copy" disabled={!file.data} onClick={() => file.data && copy(file.data.text)}>
          {t("common.copy")}
        </Button>,
        <Button key="save" disabled={!file.data} icon={<DownloadOutlined />} onClick={save}>
          {t("tokens.publicKey.download")}
        </Button>,
        <Button key="close" type="primary" onClick={onClose}>
          {t("common.close")}
        </Button>,
      ]}
    >
      <Flex vertical gap={12} align="stretch">
        <Segmented
          aria-label={t("keypairs.file.format")}
          value={format}
          onChange={setFormat}
          options={[
            { value: "openssh", label: t("tokens.publicKey.openssh") },
            { value: "pem", label: t("tokens.publicKey.pem") },
          ]}
          style={{ alignSelf: "flex-start" }}
        />
        {file.data ? (
          <ExactText text={file.data.text} label={t("tokens.objects.publicKey")} />
        ) : file.error ? (
          <ErrorPanel error={file.error} onRetry={() => void file.refetch()} />
        ) : (
          <Skeleton active />
        )}
      </Flex>
    </Dialog>
  );
}
