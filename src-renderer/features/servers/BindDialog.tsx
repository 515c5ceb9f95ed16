import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import type { Server } from "#shared/models/server.ts";
import { useOperation } from "../../app/use-operation.ts";
import { Dialog } from "../../components/Dialog.tsx";
import { LiveTask } from "../tasks/LiveTask.tsx";
import { AllowPasswordsDialog } from "./AllowPasswordsDialog.tsx";
import { BindForm } from "./BindForm.tsx";
import { TrustHostKeyDialog } from "./TrustHostKeyDialog.tsx";

const NOTHING = {};

interface BindDialogProps {
  /** From a server: the key pair is chosen here. From a key pair: the server is. */
  readonly server?: Server;
  readonly keypairId?: string;
  readonly onClose: () => void;
}

/** What will happen and the password; then the task, live. Closing the dialog leaves the task running. */
export function BindDialog({ server: given, keypairId, onClose }: BindDialogProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const servers = useOperation("servers", "list", NOTHING);
  const [serverId, setServerId] = useState(given?.id);
  const [taskId, setTaskId] = useState<string>();
  const [pending, setPending] = useState(false);
  const [pinning, setPinning] = useState(false);
  const [allowing, setAllowing] = useState(false);
  const server = servers.data?.servers.find((one) => one.id === serverId) ?? given;
  return (
    <>
      <Dialog
        width={680}
        title={t("bind.title", { name: server?.name ?? t("bind.server") })}
        onCancel={onClose}
        footer={
          taskId
            ? [
                <Button key="page" onClick={() => navigate(`/tasks/${taskId}`)}>
                  {t("bind.openTask")}
                </Button>,
                <Button key="close" type="primary" onClick={onClose}>
                  {t("common.close")}
                </Button>,
              ]
            : [
                <Button key="cancel" onClick={onClose}>
                  {t("common.cancel")}
                </Button>,
                <Button
                  key="ok"
                  type={server?.passwordLogin === "off" ? "default" : "primary"}
                  htmlType="submit"
                  form="bind-form"
                  loading={pending}
                  disabled={!server || server.hostKeys.length === 0}
                >
                  {t("bind.ok")}
                </Button>,
              ]
        }
      >
        {taskId ? (
          <LiveTask id={taskId} />
        ) : (
          <BindForm
            server={server}
            servers={servers.data?.servers ?? []}
            chooseServer={!given}
            keypairId={keypairId}
            onServer={setServerId}
            onPin={() => setPinning(true)}
            onAllowPasswords={() => setAllowing(true)}
            onPending={setPending}
            onStarted={setTaskId}
          />
        )}
      </Dialog>
      {pinning && server && <TrustHostKeyDialog server={server} onClose={() => setPinning(false)} />}
      {allowing && server && <AllowPasswordsDialog server={server} onClose={() => setAllowing(false)} />}
    </>
  );
}
