import { App, Button, Flex, Form, Steps } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { KnownHostsFinding, Server } from "#shared/models/server.ts";
import { useClient } from "../../app/bridge-context.ts";
import { useAction } from "../../app/use-action.ts";
import { useOperation } from "../../app/use-operation.ts";
import { Dialog } from "../../components/Dialog.tsx";
import { ErrorPanel } from "../../components/ErrorPanel.tsx";
import { ADDRESS_DEFAULTS, AddressFields, type AddressForm } from "./AddressFields.tsx";
import { HostKeyCheck } from "./HostKeyCheck.tsx";
import { serverAt } from "./server-state.ts";

const NOTHING = {};

interface AddServerDialogProps {
  readonly onClose: () => void;
  readonly onAdded?: (server: Server) => void;
}

/** Address, then the host key the server presents, compared by the officer and pinned with the server in one act. */
export function AddServerDialog({ onClose, onAdded }: AddServerDialogProps) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const client = useClient();
  const [form] = Form.useForm<AddressForm>();
  const [address, setAddress] = useState<AddressForm>();
  const [hostKey, setHostKey] = useState<Server["hostKeys"][number]>();
  const [knownHosts, setKnownHosts] = useState<KnownHostsFinding>();
  const [checked, setChecked] = useState(false);
  const known = useOperation("servers", "list", NOTHING);
  const read = useAction(client.servers.readHostKey);
  const add = useAction(client.servers.add, ["servers"]);
  const comparing = address !== undefined && hostKey !== undefined && knownHosts !== undefined;

  const differs = knownHosts?.verdict === "different";

  const readKey = async (values: AddressForm) => {
    add.clear();
    // Main refuses it too, but only with the server: by then somebody has walked to the machine and compared its host key.
    const taken = serverAt(known.data?.servers ?? [], values);
    if (taken) {
      form.setFields([{ name: "host", errors: [t("servers.addressTaken", { name: taken.name })] }]);
      form.scrollToField("host", { focus: true });
      return;
    }
    const { host, port, profile } = values;
    const found = await read.run({ host, port, profile });
    if (!found) return;
    setAddress(values);
    setHostKey(found.hostKey);
    setKnownHosts(found.knownHosts);
    setChecked(false);
  };
  const pin = async () => {
    if (!address || !hostKey) return;
    const despiteKnownHosts = differs;
    const server = await add.run({ ...address, hostKeyFingerprint: hostKey.fingerprint, despiteKnownHosts });
    if (!server) return;
    message.success(t("servers.added", { name: server.name }));
    onAdded?.(server);
    onClose();
  };
  return (
    <Dialog
      width={600}
      title={t("servers.add")}
      onCancel={onClose}
      footer={[
        <Button key="cancel" onClick={onClose}>
          {t("common.cancel")}
        </Button>,
        comparing && (
          <Button key="back" onClick={() => setHostKey(undefined)}>
            {t("common.back")}
          </Button>
        ),
        comparing ? (
          <Button
            key="add"
            type="primary"
            danger={differs}
            disabled={!checked}
            loading={add.pending}
            onClick={() => void pin()}
          >
            {t("servers.addPinned")}
          </Button>
        ) : (
          <Button key="read" type="primary" loading={read.pending} onClick={form.submit}>
            {t("servers.readHostKey")}
          </Button>
        ),
      ]}
    >
      <Steps
        size="small"
        current={comparing ? 1 : 0}
        style={{ marginBlock: "4px 16px" }}
        items={[{ title: t("servers.addSteps.address") }, { title: t("servers.addSteps.hostKey") }]}
      />
      {comparing ? (
        <Flex vertical gap={12}>
          <HostKeyCheck
            address={address}
            hostKey={hostKey}
            knownHosts={knownHosts}
            checked={checked}
            onChecked={setChecked}
          />
          <ErrorPanel error={add.error} />
        </Flex>
      ) : (
        <Form
          form={form}
          layout="vertical"
          requiredMark={false}
          initialValues={address ?? ADDRESS_DEFAULTS}
          onFinish={readKey}
          // Another port or user is another login: what was said of the last one no longer holds.
          onValuesChange={(changed) => {
            if ("port" in changed || "user" in changed) form.setFields([{ name: "host", errors: [] }]);
          }}
          aria-label={t("servers.add")}
        >
          <AddressFields />
          <button type="submit" hidden aria-hidden tabIndex={-1} />
        </Form>
      )}
      {!comparing && <ErrorPanel error={read.error} />}
    </Dialog>
  );
}
