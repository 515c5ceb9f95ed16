import { App, Checkbox, Flex } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useClient } from "../../app/bridge-context.ts";
import { useAction } from "../../app/use-action.ts";
import { Dialog } from "../../components/Dialog.tsx";
import { ErrorPanel } from "../../components/ErrorPanel.tsx";

export function RemoveEndedDialog({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const client = useClient();
  const [includeFailed, setIncludeFailed] = useState(false);
  const remove = useAction(client.tasks.removeEnded, ["tasks"]);
  const submit = async () => {
    const result = await remove.run({ includeFailed });
    if (!result) return;
    message.success(t("tasks.removedCount", { count: result.removed }));
    onClose();
  };
  return (
    <Dialog
      title={t("tasks.removeEnded")}
      okText={t("common.delete")}
      cancelText={t("common.cancel")}
      confirmLoading={remove.pending}
      onOk={() => void submit()}
      onCancel={onClose}
    >
      <Flex vertical gap={12}>
        <span>{t("tasks.removeEndedText")}</span>
        <Checkbox checked={includeFailed} onChange={(event) => setIncludeFailed(event.target.checked)}>
          {t("tasks.includeFailed")}
        </Checkbox>
        <ErrorPanel error={remove.error} />
      </Flex>
    </Dialog>
  );
}
