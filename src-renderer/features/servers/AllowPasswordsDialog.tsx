import { useQueryClient } from "@tanstack/react-query";
import { Button, Input, Typography } from "antd";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { LIMITS } from "#shared/limits.ts";
import type { Server } from "#shared/models/server.ts";
import { useClient } from "../../app/bridge-context.ts";
import { useAction } from "../../app/use-action.ts";
import { putTask } from "../../app/use-events.ts";
import { DangerDialog } from "../../components/DangerDialog.tsx";
import { Dialog } from "../../components/Dialog.tsx";
import { LiveTask } from "../tasks/LiveTask.tsx";

interface AllowPasswordsDialogProps {
  readonly server: Server;
  readonly onClose: () => void;
}

/** Says what password login means before it is allowed again; then the task, live. Closing the dialog leaves the task running. */
export function AllowPasswordsDialog({ server, onClose }: AllowPasswordsDialogProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const client = useClient();
  const queries = useQueryClient();
  const [sudoPassword, setSudoPassword] = useState("");
  const [taskId, setTaskId] = useState<string>();
  const field = useId();
  const allow = useAction(client.servers.allowPasswordLogin, ["servers", "tasks"]);
  const title = t("allowPasswords.title", { name: server.name });

  const submit = async () => {
    const given = sudoPassword === "" ? {} : { sudoPassword };
    const task = await allow.run({ id: server.id, ...given });
    setSudoPassword("");
    if (!task) return;
    putTask(queries, task);
    setTaskId(task.id);
  };
  if (taskId !== undefined) {
    return (
      <Dialog
        width={680}
        title={title}
        onCancel={onClose}
        footer={[
          <Button key="page" onClick={() => navigate(`/tasks/${taskId}`)}>
            {t("bind.openTask")}
          </Button>,
          <Button key="close" type="primary" onClick={onClose}>
            {t("common.close")}
          </Button>,
        ]}
      >
        <LiveTask id={taskId} />
      </Dialog>
    );
  }
  return (
    <DangerDialog
      open
      title={title}
      text={t("allowPasswords.text")}
      undo={t("allowPasswords.undo")}
      word={server.name}
      okText={t("allowPasswords.ok")}
      pending={allow.pending}
      error={allow.error}
      onOk={() => void submit()}
      onCancel={onClose}
    >
      <Typography.Text>{t("allowPasswords.will")}</Typography.Text>
      {server.user !== "root" && (
        <div>
          <label htmlFor={field}>
            {t("allowPasswords.sudo", { user: server.user })} ({t("common.optional")})
          </label>
          <Input.Password
            id={field}
            value={sudoPassword}
            autoComplete="off"
            maxLength={LIMITS.passwordMax}
            aria-describedby={`${field}-hint`}
            onChange={(event) => setSudoPassword(event.target.value)}
            style={{ marginTop: 4 }}
          />
          <Typography.Text type="secondary" id={`${field}-hint`}>
            {t("bind.passwordHint")}
          </Typography.Text>
        </div>
      )}
    </DangerDialog>
  );
}
