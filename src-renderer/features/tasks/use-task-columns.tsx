import { Progress } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Task } from "#shared/models/task.ts";
import { useErrorLine } from "../../components/error-words.ts";
import { duration } from "../../components/format.ts";
import { fileTime, type ListColumn } from "../../components/list-columns.ts";
import { RelativeTime } from "../../components/RelativeTime.tsx";
import { StateTag } from "../../components/StateTag.tsx";
import { isMoving, stepsDone, TASK_TONE } from "./task-state.ts";
import { useTaskTitle } from "./use-task-title.ts";

const took = (task: Task) => (task.endedAt === undefined ? "" : duration(task.workedMs));

export function useTaskColumns(): readonly ListColumn<Task>[] {
  const { t } = useTranslation();
  const inWords = useErrorLine();
  const titleOf = useTaskTitle();
  return useMemo(() => {
    const cause = (task: Task) => (task.cause ? inWords(task.cause) : "");
    const steps = (task: Task) => t("tasks.stepOf", { done: stepsDone(task), total: task.steps.length });
    return [
      {
        key: "title",
        label: t("tasks.columns.title"),
        width: 280,
        ellipsis: true,
        render: (_, task) => <Link to={`/tasks/${task.id}`}>{titleOf(task)}</Link>,
        text: titleOf,
      },
      {
        key: "state",
        label: t("common.state"),
        width: 150,
        render: (_, task) => <StateTag tone={TASK_TONE[task.state]}>{t(`tasks.state.${task.state}`)}</StateTag>,
        text: (task) => t(`tasks.state.${task.state}`),
      },
      {
        key: "progress",
        label: t("tasks.columns.progress"),
        width: 150,
        render: (_, task) =>
          isMoving(task.state) ? (
            <Progress
              size="small"
              aria-label={t("tasks.columns.progress")}
              percent={Math.round((100 * stepsDone(task)) / Math.max(1, task.steps.length))}
            />
          ) : (
            steps(task)
          ),
        text: steps,
      },
      {
        key: "cause",
        extra: true,
        label: t("tasks.columns.cause"),
        width: 260,
        ellipsis: true,
        render: (_, task) => cause(task),
        text: cause,
      },
      {
        key: "server",
        extra: true,
        label: t("tasks.columns.server"),
        width: 140,
        ellipsis: true,
        render: (_, task) =>
          task.serverId ? <Link to={`/servers/${task.serverId}`}>{task.serverName}</Link> : t("common.none"),
        text: (task) => task.serverName ?? "",
      },
      {
        key: "keypair",
        extra: true,
        label: t("tasks.columns.keypair"),
        width: 160,
        ellipsis: true,
        render: (_, task) =>
          task.keypairId ? <Link to={`/keypairs/${task.keypairId}`}>{task.keypairName}</Link> : t("common.none"),
        text: (task) => task.keypairName ?? "",
      },
      {
        key: "operator",
        label: t("tasks.columns.operator"),
        width: 120,
        ellipsis: true,
        render: (_, task) => task.operator,
        text: (task) => task.operator,
      },
      {
        key: "started",
        label: t("tasks.columns.started"),
        width: 160,
        defaultSortOrder: "descend",
        sorter: (a, b) => a.createdAt - b.createdAt,
        render: (_, task) => <RelativeTime time={task.createdAt} short />,
        text: (task) => fileTime(task.createdAt),
      },
      {
        key: "ended",
        extra: true,
        label: t("tasks.columns.ended"),
        width: 160,
        sorter: (a, b) => (a.endedAt ?? 0) - (b.endedAt ?? 0),
        render: (_, task) => <RelativeTime time={task.endedAt} short />,
        text: (task) => fileTime(task.endedAt),
      },
      {
        key: "took",
        label: t("tasks.columns.took"),
        width: 90,
        render: (_, task) => took(task),
        text: took,
      },
    ];
  }, [t, inWords, titleOf]);
}
