import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { BatchResult } from "./BatchResult.tsx";
import { Dialog } from "./Dialog.tsx";
import type { BatchRow } from "./run-batch.ts";

export function BatchDialog({ rows, onClose }: { readonly rows: readonly BatchRow[]; readonly onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Dialog
      width={720}
      title={t("batch.title")}
      onCancel={onClose}
      footer={[
        <Button key="close" type="primary" autoFocus onClick={onClose}>
          {t("common.close")}
        </Button>,
      ]}
    >
      <BatchResult rows={rows} />
    </Dialog>
  );
}
