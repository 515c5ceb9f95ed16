import { Alert, Button, Flex, Form } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Keypair } from "#shared/models/keypair.ts";
import { useClient } from "../../app/bridge-context.ts";
import { useAction } from "../../app/use-action.ts";
import { Dialog } from "../../components/Dialog.tsx";
import { ErrorPanel } from "../../components/ErrorPanel.tsx";
import { FILE_DEFAULTS, fileParams, PrivateKeyFileFields, type PrivateKeyFileForm } from "./PrivateKeyFileFields.tsx";
import { type WrittenFile, WrittenFiles } from "./WrittenFiles.tsx";

interface ExportDialogProps {
  readonly keypairs: readonly Pick<Keypair, "id" | "name">[];
  readonly onClose: () => void;
}

/** Critical: main asks for the password first; `useAction` then repeats the same call. */
export function ExportPrivateKeyDialog({ keypairs, onClose }: ExportDialogProps) {
  const { t } = useTranslation();
  const client = useClient();
  const [form] = Form.useForm<PrivateKeyFileForm>();
  const [files, setFiles] = useState<readonly WrittenFile[]>();
  const run = useAction(client.keypairs.exportPrivateKey);
  const submit = async (values: PrivateKeyFileForm) => {
    const file = fileParams(values);
    form.resetFields(["passphrase", "passphraseAgain"]);
    const result = await run.run({ ids: keypairs.map((pair) => pair.id), file });
    if (!result) return;
    setFiles(
      result.files.map(({ keypairId, path }) => ({
        name: keypairs.find((pair) => pair.id === keypairId)?.name ?? keypairId,
        path,
      })),
    );
  };
  const title = keypairs.length === 1 ? `${t("keypairs.export")}: ${keypairs[0]?.name}` : t("keypairs.exportMany");
  return (
    <Dialog
      title={title}
      onCancel={onClose}
      footer={
        files
          ? [
              <Button key="close" type="primary" onClick={onClose}>
                {t("common.close")}
              </Button>,
            ]
          : [
              <Button key="cancel" onClick={onClose}>
                {t("common.cancel")}
              </Button>,
              <Button key="ok" type="primary" danger loading={run.pending} onClick={form.submit}>
                {t(keypairs.length === 1 ? "keypairs.export" : "keypairs.exportMany")}
              </Button>,
            ]
      }
    >
      {files ? (
        <WrittenFiles files={files} />
      ) : (
        <Flex vertical gap={16}>
          <Alert
            type="warning"
            showIcon
            title={t("keypairs.exportIntro", { count: keypairs.length })}
            {...(keypairs.length > 1 ? { description: keypairs.map((pair) => pair.name).join(" · ") } : {})}
          />
          <Form
            form={form}
            layout="vertical"
            requiredMark={false}
            initialValues={FILE_DEFAULTS}
            onFinish={submit}
            aria-label={t("keypairs.export")}
          >
            <PrivateKeyFileFields />
            <button type="submit" hidden aria-hidden tabIndex={-1} />
          </Form>
          <ErrorPanel error={run.error} />
        </Flex>
      )}
    </Dialog>
  );
}
