import { App } from "antd";
import { useTranslation } from "react-i18next";
import type { Keypair } from "#shared/models/keypair.ts";
import { useClient } from "../../app/bridge-context.ts";
import { useAction } from "../../app/use-action.ts";
import { DangerDialog } from "../../components/DangerDialog.tsx";

export function ClearPrivateKeyDialog({
  keypair,
  onClose,
}: {
  readonly keypair: Keypair;
  readonly onClose: () => void;
}) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const client = useClient();
  const clear = useAction(client.keypairs.clearPrivateKey, ["keypairs"]);
  const submit = async () => {
    if (!(await clear.run({ id: keypair.id }))) return;
    message.success(t("keypairs.cleared"));
    onClose();
  };
  return (
    <DangerDialog
      open
      title={`${t("keypairs.clear")}: ${keypair.name}`}
      text={t("keypairs.clearText", { name: keypair.name })}
      depends={{ text: t("keypairs.clearDepends"), names: keypair.boundServers.map((server) => server.name) }}
      word={keypair.name}
      okText={t("keypairs.clear")}
      pending={clear.pending}
      error={clear.error}
      onOk={() => void submit()}
      onCancel={onClose}
    />
  );
}
