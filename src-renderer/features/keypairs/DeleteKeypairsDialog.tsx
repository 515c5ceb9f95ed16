import { Alert, App } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Keypair } from "#shared/models/keypair.ts";
import { useClient } from "../../app/bridge-context.ts";
import { useAction } from "../../app/use-action.ts";
import { BatchDialog } from "../../components/BatchDialog.tsx";
import { DangerDialog } from "../../components/DangerDialog.tsx";
import { type BatchRow, runBatch } from "../../components/run-batch.ts";

interface DeleteDialogProps {
  readonly keypairs: readonly Keypair[];
  readonly onClose: () => void;
  readonly onDeleted?: () => void;
}

/** One key pair by its name, many by the word DELETE. Names every server that depends on them. */
export function DeleteKeypairsDialog({ keypairs, onClose, onDeleted }: DeleteDialogProps) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const client = useClient();
  const [rows, setRows] = useState<readonly BatchRow[]>();
  const single = keypairs.length === 1 ? keypairs[0] : undefined;
  const remove = useAction(
    async (id: string, acceptBound: boolean) => client.keypairs.remove({ id, acceptBound }),
    ["keypairs", "servers"],
  );
  const removeMany = useAction(
    () =>
      runBatch(keypairs, async ({ id }) => {
        await client.keypairs.remove({ id, acceptBound: true });
        return undefined;
      }),
    ["keypairs", "servers"],
  );
  const boundServers = [...new Set(keypairs.flatMap((pair) => pair.boundServers.map((server) => server.name)))];
  const submit = async () => {
    if (!single) return setRows(await removeMany.run());
    if (!(await remove.run(single.id, boundServers.length > 0))) return;
    message.success(t("keypairs.deleted", { name: single.name }));
    onDeleted?.();
    onClose();
  };
  if (rows) return <BatchDialog rows={rows} onClose={onClose} />;
  return (
    <DangerDialog
      open
      title={
        single
          ? t("keypairs.deleteTitle", { name: single.name })
          : t("keypairs.deleteManyTitle", { count: keypairs.length })
      }
      text={single?.token ? t("tokens.keypair.deleteText") : t("keypairs.deleteText", { count: keypairs.length })}
      // Rows that a filter hides can be among them.
      names={single ? [] : keypairs.map((pair) => pair.name)}
      depends={{ text: t("keypairs.deleteBound"), names: boundServers }}
      word={single?.name ?? "DELETE"}
      okText={t("common.delete")}
      pending={remove.pending || removeMany.pending}
      error={remove.error ?? removeMany.error}
      onOk={() => void submit()}
      onCancel={onClose}
    >
      {single?.token && <Alert type="info" showIcon title={t("tokens.keypair.stays", { label: single.token.label })} />}
    </DangerDialog>
  );
}
