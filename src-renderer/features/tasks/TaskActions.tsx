import { App, Button, Flex, Popconfirm } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Task } from "#shared/models/task.ts";
import { useClient } from "../../app/bridge-context.ts";
import { useAction } from "../../app/use-action.ts";
import { ErrorPanel } from "../../components/ErrorPanel.tsx";
import { LeaveChangesDialog } from "./LeaveChangesDialog.tsx";
import { ResumeDialog } from "./ResumeDialog.tsx";

interface TaskActionsProps {
  readonly task: Task;
  /** Absent in a dialog, where deleting what one looks at would be odd. */
  readonly onRemoved?: () => void;
}

/** What can be asked of a task now; what cannot is not there. */
export function TaskActions({ task, onRemoved }: TaskActionsProps) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const client = useClient();
  const [resume, setResume] = useState<"retry" | "rollBack">();
  const [leaving, setLeaving] = useState(false);
  const cancel = useAction(client.tasks.cancel, ["tasks"]);
  const remove = useAction(client.tasks.remove, ["tasks"]);
  const removeNow = async () => {
    if (!(await remove.run({ id: task.id }))) return;
    message.success(t("tasks.removed"));
    onRemoved?.();
  };
  return (
    <Flex vertical gap={8} align="end">
      <Flex gap={8} wrap>
        {task.can.retry && (
          <Button type="primary" onClick={() => setResume("retry")}>
            {t("tasks.retry")}
          </Button>
        )}
        {task.can.rollBack && <Button onClick={() => setResume("rollBack")}>{t("tasks.rollBack")}</Button>}
        {task.can.cancel && (
          <Popconfirm
            title={t("tasks.cancel")}
            description={t("tasks.cancelText")}
            okText={t("tasks.cancel")}
            cancelText={t("tasks.keepRunning")}
            onConfirm={() => void cancel.run({ id: task.id })}
          >
            <Button loading={cancel.pending}>{t("tasks.cancel")}</Button>
          </Popconfirm>
        )}
        {task.can.rollBack && onRemoved && <Button onClick={() => setLeaving(true)}>{t("tasks.remove")}</Button>}
        {task.can.remove && onRemoved && (
          <Popconfirm
            title={t("tasks.remove")}
            description={t("tasks.removeText")}
            okText={t("common.delete")}
            cancelText={t("common.cancel")}
            onConfirm={() => void removeNow()}
          >
            <Button loading={remove.pending}>{t("tasks.remove")}</Button>
          </Popconfirm>
        )}
      </Flex>
      <ErrorPanel error={cancel.error ?? remove.error} />
      {leaving && onRemoved && (
        <LeaveChangesDialog task={task} onClose={() => setLeaving(false)} onRemoved={onRemoved} />
      )}
      {resume && <ResumeDialog task={task} kind={resume} onClose={() => setResume(undefined)} />}
    </Flex>
  );
}
