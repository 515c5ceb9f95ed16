import { App, Input } from "antd";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { LIMITS } from "#shared/limits.ts";
import { useClient } from "../../app/bridge-context.ts";
import { useAction } from "../../app/use-action.ts";
import { openVault, useVaultStatus } from "../../app/use-vault.ts";
import { DangerDialog } from "../../components/DangerDialog.tsx";

/** D26: the officer says why the older copy was put back; the reason stands in the traces for good. */
export function AcceptRollbackDialog({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const client = useClient();
  const field = useId();
  const vault = openVault(useVaultStatus().data);
  const [reason, setReason] = useState("");
  const accept = useAction(client.vault.acceptRollback, ["vault", "audit"]);
  const submit = async () => {
    if (!(await accept.run({ reason: reason.trim() }))) return;
    message.success(t("overview.rollback.accepted"));
    onClose();
  };
  return (
    <DangerDialog
      open
      title={t("overview.rollback.title")}
      text={t("overview.rollback.text")}
      word={vault?.vaultName ?? ""}
      complete={reason.trim() !== ""}
      okText={t("overview.rollback.ok")}
      pending={accept.pending}
      error={accept.error}
      onOk={() => void submit()}
      onCancel={onClose}
    >
      <div>
        <label htmlFor={field}>{t("overview.rollback.reason")}</label>
        <Input
          id={field}
          value={reason}
          maxLength={LIMITS.descriptionMax}
          autoComplete="off"
          onChange={(event) => setReason(event.target.value)}
          style={{ marginTop: 4 }}
        />
      </div>
    </DangerDialog>
  );
}
