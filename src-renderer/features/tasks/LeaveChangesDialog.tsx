import { App } from "antd";
import { useTranslation } from "react-i18next";
import type { Task } from "#shared/models/task.ts";
import { standsOnServer } from "#shared/task-rules.ts";
import { useClient } from "../../app/bridge-context.ts";
import { useAction } from "../../app/use-action.ts";
import { DangerDialog } from "../../components/DangerDialog.tsx";
import { useStepTitle } from "../../components/use-step-title.ts";
import { useTaskTitle } from "./use-task-title.ts";

interface LeaveChangesDialogProps {
  readonly task: Task;
  readonly onClose: () => void;
  readonly onRemoved: () => void;
}

/** Deletes a task that could still be rolled back, for a server that is gone for good: the undo goes with the task. */
export function LeaveChangesDialog({ task, onClose, onRemoved }: LeaveChangesDialogProps) {
  const { t } = useTranslation();
  const titleOf = useTaskTitle();
  const { message } = App.useApp();
  const client = useClient();
  const stepTitle = useStepTitle();
  const remove = useAction(client.tasks.remove, ["tasks"]);
  const server = task.serverName ?? task.title;
  const submit = async () => {
    if (!(await remove.run({ id: task.id, leaveChanges: true }))) return;
    message.success(t("tasks.removed"));
    onClose();
    onRemoved();
  };
  return (
    <DangerDialog
      open
      title={t("tasks.leaveTitle", { title: titleOf(task) })}
      text={t("tasks.leaveText", { server })}
      undo={t("tasks.leaveLost")}
      depends={{
        text: t("tasks.leaveSteps"),
        names: task.steps.filter(standsOnServer).map((step) => stepTitle(step.name)),
      }}
      word={server}
      okText={t("tasks.leaveOk")}
      pending={remove.pending}
      error={remove.error}
      onOk={() => void submit()}
      onCancel={onClose}
    />
  );
}
