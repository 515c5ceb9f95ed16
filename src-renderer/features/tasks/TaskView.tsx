import { Alert, Flex, Progress, Typography } from "antd";
import { useTranslation } from "react-i18next";
import type { Task } from "#shared/models/task.ts";
import { ErrorText } from "../../components/ErrorText.tsx";
import { clock } from "../../components/format.ts";
import { StateTag } from "../../components/StateTag.tsx";
import { TaskSteps } from "../../components/TaskSteps.tsx";
import { useNow } from "../../components/use-now.ts";
import { useStepTitle } from "../../components/use-step-title.ts";
import { TaskActions } from "./TaskActions.tsx";
import { isMoving, stepsDone, TASK_TONE, worked } from "./task-state.ts";

/** One task, live: how far, why it stopped, what can be done, each step. The same on its page and in the bind dialog. */
export function TaskView({ task, onRemoved }: { readonly task: Task; readonly onRemoved?: () => void }) {
  const { t } = useTranslation();
  const moving = isMoving(task.state);
  const now = useNow(moving ? 500 : 0);
  const stepTitle = useStepTitle();
  const done = stepsDone(task);
  const passwordOff = task.steps.some((step) => step.name === "prove-passwords-off" && step.state === "done");
  const boundSummary = passwordOff ? "tasks.doneSummaryOff" : "tasks.doneSummary";
  const summary = task.kind === "allow-password-login" ? "tasks.doneSummaryAllowed" : boundSummary;
  return (
    <Flex vertical gap={16}>
      <Flex gap={12} align="center" wrap>
        <span role="status" data-task-state={task.state}>
          <StateTag tone={TASK_TONE[task.state]}>{t(`tasks.state.${task.state}`)}</StateTag>
        </span>
        <Typography.Text type="secondary" style={{ fontVariantNumeric: "tabular-nums" }}>
          {t("tasks.stepOf", { done, total: task.steps.length })} · {t("tasks.elapsed")} {clock(worked(task, now))}
          {task.attempt > 1 && ` · ${t("tasks.attempt", { count: task.attempt })}`}
        </Typography.Text>
        <div style={{ marginInlineStart: "auto" }}>
          <TaskActions task={task} {...(onRemoved ? { onRemoved } : {})} />
        </div>
      </Flex>
      {moving && (
        <Progress
          percent={task.steps.length === 0 ? 0 : Math.round((100 * done) / task.steps.length)}
          size="small"
          aria-label={t("tasks.columns.progress")}
        />
      )}
      {task.state === "done" && <Alert type="success" showIcon title={t(summary)} />}
      {task.cause && task.state !== "done" && !moving && (
        <Alert
          type={TASK_TONE[task.state] === "bad" ? "error" : "warning"}
          showIcon
          title={
            task.cause.step
              ? `${t("tasks.cause")} (${t("tasks.atStep", { step: stepTitle(task.cause.step) })})`
              : t("tasks.cause")
          }
          description={
            <Flex vertical gap={4} align="start">
              <div>
                <ErrorText said={task.cause} />
              </div>
              {task.can.needsPassword && (
                <Typography.Text type="secondary">{t("tasks.passwordNeeded")}</Typography.Text>
              )}
              <Typography.Text code>{task.cause.code}</Typography.Text>
            </Flex>
          }
        />
      )}
      <TaskSteps task={task} now={now} />
    </Flex>
  );
}
