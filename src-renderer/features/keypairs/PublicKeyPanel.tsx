import { DownloadOutlined } from "@ant-design/icons";
import { App, Button, Flex, Skeleton } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useClient } from "../../app/bridge-context.ts";
import { useAction } from "../../app/use-action.ts";
import { useOperation } from "../../app/use-operation.ts";
import { ErrorPanel } from "../../components/ErrorPanel.tsx";
import { Identifier } from "../../components/Identifier.tsx";
import { saveText } from "../../components/save-file.ts";

/** The public half: to read, to copy, to download as `.pub` or PEM. */
export function PublicKeyPanel({ id }: { readonly id: string }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const client = useClient();
  const input = useMemo(() => ({ id }), [id]);
  const shown = useOperation("keypairs", "publicKey", input);
  const download = useAction(client.keypairs.publicKey);
  const save = async (format: "openssh" | "pem") => {
    const file = await download.run({ id, format });
    if (!file) return;
    saveText(file.fileName, file.text);
    message.success(t("keypairs.downloadSaid", { file: file.fileName }));
  };
  if (shown.error) return <ErrorPanel error={shown.error} onRetry={() => void shown.refetch()} />;
  return (
    <Flex vertical gap={12} align="start">
      {shown.data ? <Identifier value={shown.data.text.trim()} label={t("keypairs.publicKey")} /> : <Skeleton active />}
      <Flex gap={8} wrap>
        <Button icon={<DownloadOutlined />} onClick={() => void save("openssh")}>
          {t("keypairs.downloadPub")}
        </Button>
        <Button icon={<DownloadOutlined />} onClick={() => void save("pem")}>
          {t("keypairs.downloadPem")}
        </Button>
      </Flex>
      <ErrorPanel error={download.error} />
    </Flex>
  );
}
