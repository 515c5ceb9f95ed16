import { Card, Descriptions, Flex } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams } from "react-router";
import { isGone, useOperation } from "../../app/use-operation.ts";
import { Identifier } from "../../components/Identifier.tsx";
import { MissingPage } from "../../components/MissingPage.tsx";
import { Page } from "../../components/Page.tsx";
import { RelativeTime } from "../../components/RelativeTime.tsx";
import { TaskView } from "./TaskView.tsx";
import { useTaskTitle } from "./use-task-title.ts";

export function TaskPage() {
  const { t } = useTranslation();
  const { id = "" } = useParams();
  const titleOf = useTaskTitle();
  const navigate = useNavigate();
  const input = useMemo(() => ({ id }), [id]);
  const query = useOperation("tasks", "get", input);
  const task = isGone(query.error) ? undefined : query.data;
  if (!task) {
    return (
      <MissingPage
        title={t("tasks.columns.title")}
        what={t("tasks.what")}
        list="/tasks"
        error={query.error}
        onRetry={() => void query.refetch()}
      />
    );
  }
  return (
    <Page title={titleOf(task)} beside={<Identifier value={task.id} label={t("common.id")} />}>
      <Card>
        <Flex vertical gap={16}>
          <Descriptions
            size="small"
            bordered
            // A line a fact: side by side a long name would leave the others a letter's width.
            column={1}
            styles={{ label: { width: 160 } }}
            items={[
              {
                key: "server",
                label: t("bind.server"),
                children: task.serverId ? (
                  <Link to={`/servers/${task.serverId}`}>{task.serverName ?? task.serverId}</Link>
                ) : (
                  t("common.none")
                ),
              },
              {
                key: "keypair",
                label: t("bind.keypair"),
                children: task.keypairId ? (
                  <Link to={`/keypairs/${task.keypairId}`}>{task.keypairName ?? task.keypairId}</Link>
                ) : (
                  t("common.none")
                ),
              },
              { key: "operator", label: t("tasks.columns.operator"), children: task.operator },
              { key: "started", label: t("tasks.columns.started"), children: <RelativeTime time={task.createdAt} /> },
            ]}
          />
          <TaskView task={task} onRemoved={() => navigate("/tasks")} />
        </Flex>
      </Card>
    </Page>
  );
}
