import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useOperation } from "../../app/use-operation.ts";
import { ErrorPanel } from "../../components/ErrorPanel.tsx";
import { TaskView } from "./TaskView.tsx";
import { isMoving } from "./task-state.ts";

/** A task that a dialog has started; the dialog may be closed, the task goes on. */
export function LiveTask({ id }: { readonly id: string }) {
  const { t } = useTranslation();
  const input = useMemo(() => ({ id }), [id]);
  const task = useOperation("tasks", "get", input);
  return (
    <>
      {task.data && isMoving(task.data.state) && <p style={{ marginTop: 0 }}>{t("bind.safeToLeave")}</p>}
      {task.data && <TaskView task={task.data} />}
      <ErrorPanel error={task.error} onRetry={() => void task.refetch()} />
    </>
  );
}
