import { Button, Progress, type TableColumnsType } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Task, TaskState } from "#shared/models/task.ts";
import { useOperation } from "../../app/use-operation.ts";
import { DataTable } from "../../components/DataTable.tsx";
import { EmptyState } from "../../components/EmptyState.tsx";
import { duration } from "../../components/format.ts";
import { ChoiceFilter, ListToolbar } from "../../components/ListToolbar.tsx";
import { Page } from "../../components/Page.tsx";
import { RelativeTime } from "../../components/RelativeTime.tsx";
import { StateTag } from "../../components/StateTag.tsx";
import { includesText } from "../../components/text-search.ts";
import { useListFilter } from "../../components/use-list-filter.ts";
import { RemoveEndedDialog } from "./RemoveEndedDialog.tsx";
import { isMoving, stepsDone, TASK_TONE } from "./task-state.ts";

const NOTHING = {};
const NO_TASKS: readonly Task[] = [];

export function TasksPage() {
  const { t } = useTranslation();
  const list = useOperation("tasks", "list", NOTHING);
  const filter = useListFilter(["q", "state"]);
  const [clearing, setClearing] = useState(false);
  const tasks = list.data?.tasks ?? NO_TASKS;
  const { q, state } = filter.values;
  const rows = useMemo(
    () =>
      tasks.filter(
        (task) =>
          (state === "" || task.state === state) &&
          includesText(q, task.title, task.serverName, task.keypairName, task.operator),
      ),
    [tasks, q, state],
  );
  const columns = useTaskColumns();
  return (
    <Page
      fill
      title={t("tasks.title")}
      actions={
        <Button disabled={!tasks.some((task) => task.can.remove)} onClick={() => setClearing(true)}>
          {t("tasks.removeEnded")}
        </Button>
      }
    >
      <ListToolbar
        search={q}
        searchLabel={t("tasks.search")}
        onSearch={(text) => filter.set("q", text)}
        active={filter.active}
        onClear={filter.clear}
        onRefresh={() => void list.refetch()}
        refreshing={list.isFetching}
        count={t("common.shown", { shown: rows.length, total: tasks.length })}
      >
        <ChoiceFilter
          label={t("tasks.filter")}
          value={state}
          onChange={(value) => filter.set("state", value)}
          options={(Object.keys(TASK_TONE) as TaskState[]).map((value) => ({
            value,
            label: t(`tasks.state.${value}`),
          }))}
        />
      </ListToolbar>
      <DataTable
        label={t("tasks.what")}
        rows={rows}
        columns={columns}
        rowKey="id"
        loading={list.isPending}
        error={list.error}
        onRetry={() => void list.refetch()}
        filteredAway={tasks.length > 0}
        empty={<EmptyState text={t("tasks.empty")} action={<Link to="/servers">{t("tasks.emptyAction")}</Link>} />}
      />
      {clearing && <RemoveEndedDialog onClose={() => setClearing(false)} />}
    </Page>
  );
}

function useTaskColumns(): TableColumnsType<Task> {
  const { t } = useTranslation();
  return useMemo(
    () => [
      {
        title: t("tasks.columns.title"),
        width: 280,
        ellipsis: true,
        render: (_, task) => <Link to={`/tasks/${task.id}`}>{task.title}</Link>,
      },
      {
        title: t("common.state"),
        width: 150,
        render: (_, task) => <StateTag tone={TASK_TONE[task.state]}>{t(`tasks.state.${task.state}`)}</StateTag>,
      },
      {
        title: t("tasks.columns.progress"),
        width: 150,
        render: (_, task) =>
          isMoving(task.state) ? (
            <Progress
              size="small"
              aria-label={t("tasks.columns.progress")}
              percent={Math.round((100 * stepsDone(task)) / Math.max(1, task.steps.length))}
            />
          ) : (
            t("tasks.stepOf", { done: stepsDone(task), total: task.steps.length })
          ),
      },
      { title: t("tasks.columns.operator"), dataIndex: "operator", width: 120, ellipsis: true },
      {
        title: t("tasks.columns.started"),
        width: 160,
        defaultSortOrder: "descend",
        sorter: (a, b) => a.createdAt - b.createdAt,
        render: (_, task) => <RelativeTime time={task.createdAt} short />,
      },
      {
        title: t("tasks.columns.took"),
        width: 90,
        render: (_, task) => (task.endedAt === undefined ? "" : duration(task.endedAt - task.createdAt)),
      },
    ],
    [t],
  );
}
