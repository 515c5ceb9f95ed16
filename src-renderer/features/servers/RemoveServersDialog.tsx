import { App } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Server } from "#shared/models/server.ts";
import { useClient } from "../../app/bridge-context.ts";
import { useAction } from "../../app/use-action.ts";
import { BatchDialog } from "../../components/BatchDialog.tsx";
import { DangerDialog } from "../../components/DangerDialog.tsx";
import { type BatchRow, runBatch } from "../../components/run-batch.ts";

interface RemoveServersDialogProps {
  readonly servers: readonly Server[];
  readonly onClose: () => void;
  readonly onRemoved?: () => void;
}

/** From the inventory only; says which key pairs the servers keep accepting. */
export function RemoveServersDialog({ servers, onClose, onRemoved }: RemoveServersDialogProps) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const client = useClient();
  const [rows, setRows] = useState<readonly BatchRow[]>();
  const single = servers.length === 1 ? servers[0] : undefined;
  const remove = useAction(client.servers.remove, ["servers", "keypairs"]);
  const removeMany = useAction(
    () => runBatch(servers, async ({ id }) => (await client.servers.remove({ id })).stillAccepts),
    ["servers", "keypairs"],
  );
  const submit = async () => {
    if (!single) return setRows(await removeMany.run());
    const result = await remove.run({ id: single.id });
    if (!result) return;
    if (result.stillAccepts)
      message.warning(t("servers.removedStill", { name: single.name, what: result.stillAccepts }));
    else message.success(t("servers.removed", { name: single.name }));
    onRemoved?.();
    onClose();
  };
  if (rows) return <BatchDialog rows={rows} onClose={onClose} />;
  const still = servers.flatMap((server) => (server.binding ? [`${server.name}: ${server.binding.keypairName}`] : []));
  return (
    <DangerDialog
      open
      title={
        single
          ? t("servers.removeTitle", { name: single.name })
          : t("servers.removeManyTitle", { count: servers.length })
      }
      text={t("servers.removeText", { count: servers.length })}
      // Rows that a filter hides can be among them.
      names={single ? [] : servers.map((server) => server.name)}
      depends={{ text: t("servers.removeStill", { count: still.length }), names: still }}
      word={single?.name ?? "REMOVE"}
      okText={t(single ? "servers.remove" : "servers.removeMany")}
      pending={remove.pending || removeMany.pending}
      error={remove.error ?? removeMany.error}
      onOk={() => void submit()}
      onCancel={onClose}
    />
  );
}
