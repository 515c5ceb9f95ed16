import { useQueryClient } from "@tanstack/react-query";
import { Form, Input, Typography } from "antd";
import { useTranslation } from "react-i18next";
import { LIMITS } from "#shared/limits.ts";
import type { Task } from "#shared/models/task.ts";
import { useClient } from "../../app/bridge-context.ts";
import { useAction } from "../../app/use-action.ts";
import { putTask } from "../../app/use-events.ts";
import { useOperation } from "../../app/use-operation.ts";
import { Dialog } from "../../components/Dialog.tsx";
import { ErrorPanel } from "../../components/ErrorPanel.tsx";
import { addressOf } from "../../components/format.ts";
import { useTaskTitle } from "./use-task-title.ts";

const NOTHING = {};

interface ResumeForm {
  readonly password?: string;
  readonly sudoPassword?: string;
}

interface ResumeDialogProps {
  readonly task: Task;
  readonly kind: "retry" | "rollBack";
  readonly onClose: () => void;
}

/** Goes on with a stopped task or undoes it; asks for the server's password only when the task needs it again. */
export function ResumeDialog({ task, kind, onClose }: ResumeDialogProps) {
  const { t } = useTranslation();
  const titleOf = useTaskTitle();
  const client = useClient();
  const queries = useQueryClient();
  const [form] = Form.useForm<ResumeForm>();
  const act = useAction(kind === "retry" ? client.tasks.retry : client.tasks.rollBack, ["tasks"]);
  const submit = async ({ password, sudoPassword }: ResumeForm) => {
    form.resetFields();
    const started = await act.run({
      id: task.id,
      ...(password ? { password } : {}),
      ...(sudoPassword ? { sudoPassword } : {}),
    });
    if (!started) return;
    putTask(queries, started);
    onClose();
  };
  const server = useOperation("servers", "list", NOTHING).data?.servers.find((one) => one.id === task.serverId);
  const password = server ? t("bind.password", { user: server.user, host: addressOf(server) }) : t("fields.password");
  const needed = task.can.needsPassword;
  // This one logs in by the bound key and may need only sudo's.
  const byPassword = task.kind !== "allow-password-login";
  const mayNeedSudo = task.kind !== "bind-sftp" && server?.user !== "root";
  return (
    <Dialog
      title={`${t(kind === "retry" ? "tasks.retry" : "tasks.rollBack")}: ${titleOf(task)}`}
      okText={t(kind === "retry" ? "tasks.retry" : "tasks.rollBack")}
      cancelText={t("common.cancel")}
      confirmLoading={act.pending}
      onOk={form.submit}
      onCancel={onClose}
    >
      {kind === "rollBack" && <Typography.Paragraph>{t("tasks.rollBackText")}</Typography.Paragraph>}
      {needed && <Typography.Paragraph>{t("tasks.passwordNeeded")}</Typography.Paragraph>}
      <Form form={form} layout="vertical" requiredMark={false} onFinish={submit}>
        {byPassword && (
          <Form.Item
            name="password"
            label={needed ? password : `${password} (${t("common.optional")})`}
            rules={needed ? [{ required: true, message: t("fields.required") }] : []}
          >
            <Input.Password autoFocus autoComplete="off" maxLength={LIMITS.passwordMax} />
          </Form.Item>
        )}
        {mayNeedSudo && (
          <Form.Item
            name="sudoPassword"
            label={t("bind.sudo")}
            extra={t(byPassword ? "bind.sudoHint" : "allowPasswords.sudoHint")}
          >
            <Input.Password autoFocus={!byPassword} autoComplete="off" maxLength={LIMITS.passwordMax} />
          </Form.Item>
        )}
        <button type="submit" hidden aria-hidden tabIndex={-1} />
      </Form>
      <ErrorPanel error={act.error} />
    </Dialog>
  );
}
