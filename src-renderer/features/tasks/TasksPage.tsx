import { Button } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Task, TaskState } from "#shared/models/task.ts";
import { useOperation } from "../../app/use-operation.ts";
import { EmptyState } from "../../components/EmptyState.tsx";
import { ChoiceFilter } from "../../components/ListToolbar.tsx";
import { ListView } from "../../components/ListView.tsx";
import { Page } from "../../components/Page.tsx";
import { includesText } from "../../components/text-search.ts";
import { useListFilter } from "../../components/use-list-filter.ts";
import { RemoveEndedDialog } from "./RemoveEndedDialog.tsx";
import { TASK_TONE } from "./task-state.ts";
import { useTaskColumns } from "./use-task-columns.tsx";
import { useTaskTitle } from "./use-task-title.ts";

const NOTHING = {};
const NO_TASKS: readonly Task[] = [];

export function TasksPage() {
  const { t } = useTranslation();
  const list = useOperation("tasks", "list", NOTHING);
  const filter = useListFilter(["q", "state"]);
  const [clearing, setClearing] = useState(false);
  const tasks = list.data?.tasks ?? NO_TASKS;
  const { q, state } = filter.values;
  const titleOf = useTaskTitle();
  const rows = useMemo(
    () =>
      tasks.filter(
        (task) =>
          (state === "" || task.state === state) &&
          includesText(q, titleOf(task), task.title, task.serverName, task.keypairName, task.operator),
      ),
    [tasks, q, state, titleOf],
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
      <ListView
        list="tasks"
        label={t("tasks.what")}
        rows={rows}
        columns={columns}
        rowKey="id"
        loading={list.isPending}
        error={list.error}
        filteredAway={tasks.length > 0}
        empty={<EmptyState text={t("tasks.empty")} action={<Link to="/servers">{t("tasks.emptyAction")}</Link>} />}
        filter={filter}
        searchLabel={t("tasks.search")}
        total={tasks.length}
        onRefresh={() => void list.refetch()}
        refreshing={list.isFetching}
        filters={
          <ChoiceFilter
            label={t("tasks.filter")}
            value={state}
            onChange={(value) => filter.set("state", value)}
            options={(Object.keys(TASK_TONE) as TaskState[]).map((value) => ({
              value,
              label: t(`tasks.state.${value}`),
            }))}
          />
        }
      />
      {clearing && <RemoveEndedDialog onClose={() => setClearing(false)} />}
    </Page>
  );
}
