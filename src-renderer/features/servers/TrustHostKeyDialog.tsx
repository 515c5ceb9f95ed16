import { Alert, App, Button, Descriptions, Flex, Skeleton } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { KnownHostsFinding, Server } from "#shared/models/server.ts";
import { useClient } from "../../app/bridge-context.ts";
import { useAction } from "../../app/use-action.ts";
import { Dialog } from "../../components/Dialog.tsx";
import { ErrorPanel } from "../../components/ErrorPanel.tsx";
import { Identifier } from "../../components/Identifier.tsx";
import { HostKeyCheck } from "./HostKeyCheck.tsx";

interface TrustHostKeyDialogProps {
  readonly server: Server;
  readonly onClose: () => void;
  readonly onTrusted?: () => void;
}

/** Pins the key a server presents now, or replaces a pinned one after comparison; old and new are shown together. */
export function TrustHostKeyDialog({ server, onClose, onTrusted }: TrustHostKeyDialogProps) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const client = useClient();
  const [shown, setShown] = useState<{ hostKey: Server["hostKeys"][number]; knownHosts: KnownHostsFinding }>();
  const [checked, setChecked] = useState(false);
  const read = useAction(client.servers.readHostKey);
  const trust = useAction(client.servers.trustHostKey, ["servers"]);
  const { host, port, profile } = server;
  const runRead = read.run;
  useEffect(() => {
    void runRead({ host, port, profile }).then(setShown);
  }, [runRead, host, port, profile]);

  const pinned = server.hostKeys;
  const unchanged = shown !== undefined && pinned.some((key) => key.fingerprint === shown.hostKey.fingerprint);
  // Nothing is said of a change before the server has shown its key.
  const replace = pinned.length > 0 && shown !== undefined && !unchanged;
  const what = pinned.length === 0 ? "pin" : replace ? "replace" : "check";
  const differs = shown?.knownHosts.verdict === "different";
  const submit = async () => {
    if (!shown) return;
    const { fingerprint } = shown.hostKey;
    if (!(await trust.run({ id: server.id, fingerprint, replace, despiteKnownHosts: differs }))) return;
    message.success(t("servers.hostKey.trusted"));
    onTrusted?.();
    onClose();
  };
  return (
    <Dialog
      width={600}
      title={`${t(`servers.hostKey.${what}`)}: ${server.name}`}
      onCancel={onClose}
      footer={[
        <Button key="cancel" onClick={onClose} autoFocus>
          {t(what === "check" ? "common.close" : "common.cancel")}
        </Button>,
        what !== "check" && (
          <Button
            key="ok"
            type="primary"
            danger={replace || differs}
            disabled={!checked}
            loading={trust.pending}
            onClick={() => void submit()}
          >
            {t(`servers.hostKey.${what}`)}
          </Button>
        ),
      ]}
    >
      <Flex vertical gap={12}>
        {replace && <Alert type="warning" showIcon title={t("servers.hostKey.changedText")} />}
        {unchanged && <Alert type="success" showIcon role="status" title={t("servers.hostKey.unchanged")} />}
        {pinned.length > 0 && (
          <Descriptions
            size="small"
            bordered
            column={1}
            items={pinned.map((key) => ({
              key: key.fingerprint,
              label: `${t(replace ? "servers.hostKey.pinnedBefore" : "servers.hostKey.pinned")} (${key.algorithm})`,
              children: <Identifier value={key.fingerprint} label={t("servers.hostKey.fingerprint")} />,
            }))}
          />
        )}
        {shown && !unchanged && <HostKeyCheck address={server} {...shown} checked={checked} onChecked={setChecked} />}
        {read.pending && <Skeleton active paragraph={{ rows: 3 }} />}
        <ErrorPanel
          error={trust.error ?? read.error}
          onRetry={() => void runRead({ host, port, profile }).then(setShown)}
        />
      </Flex>
    </Dialog>
  );
}
