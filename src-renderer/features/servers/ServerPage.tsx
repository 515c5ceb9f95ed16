import { Alert, Button, Card, Descriptions, Flex, Tabs, Typography } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams } from "react-router";
import type { Server } from "#shared/models/server.ts";
import { isGone, useOperation } from "../../app/use-operation.ts";
import { EmptyState } from "../../components/EmptyState.tsx";
import { ErrorPanel } from "../../components/ErrorPanel.tsx";
import { ErrorText } from "../../components/ErrorText.tsx";
import { addressOf } from "../../components/format.ts";
import { Identifier } from "../../components/Identifier.tsx";
import { MissingPage } from "../../components/MissingPage.tsx";
import { Page } from "../../components/Page.tsx";
import { RelativeTime } from "../../components/RelativeTime.tsx";
import { RowMenu } from "../../components/RowMenu.tsx";
import { StateTag } from "../../components/StateTag.tsx";
import { TASK_TONE } from "../tasks/task-state.ts";
import { useTaskTitle } from "../tasks/use-task-title.ts";
import { type OpenServerDialog, ServerDialogs } from "./ServerDialogs.tsx";
import { BINDING_TONE, bindingState, LOGIN_TONE, REACH_TONE } from "./server-state.ts";
import { useServerActions } from "./use-server-actions.ts";

const NOTHING = {};
const IN_SIGHT = new Set(["bind", "test", "edit"]);

export function ServerPage() {
  const { t } = useTranslation();
  const { id = "", tab = "basics" } = useParams();
  const navigate = useNavigate();
  const input = useMemo(() => ({ id }), [id]);
  const query = useOperation("servers", "get", input);
  const [dialog, setDialog] = useState<OpenServerDialog>();
  const actions = useServerActions(setDialog);
  // Removed elsewhere, it goes from here too; a dialog that is open about it ends first and says so itself.
  const server = isGone(query.error) && !dialog ? undefined : query.data;
  if (!server) {
    return (
      <MissingPage
        title={t("servers.title")}
        what={t("servers.what")}
        list="/servers"
        error={query.error}
        onRetry={() => void query.refetch()}
      />
    );
  }
  const all = actions(server);
  return (
    <Page
      title={server.name}
      beside={
        <>
          <StateTag tone={REACH_TONE[server.reachability]}>{t(`servers.reach.${server.reachability}`)}</StateTag>
          <Identifier value={server.id} label={t("common.id")} />
        </>
      }
      actions={
        <>
          {all
            .filter((action) => IN_SIGHT.has(action.key))
            .map((action) => (
              <Button
                key={action.key}
                type={action.key === "bind" && !server.binding ? "primary" : "default"}
                disabled={action.disabled ?? false}
                title={(action.disabled && action.why) || ""}
                onClick={action.onClick}
              >
                {action.label}
              </Button>
            ))}
          <RowMenu name={server.name} actions={all.filter((action) => !IN_SIGHT.has(action.key))} />
        </>
      }
    >
      {server.reachability === "host-key-changed" && (
        <Alert
          type="error"
          showIcon
          title={t("servers.hostKey.changedTitle")}
          description={t("servers.hostKey.changedText")}
          action={
            <Button danger onClick={() => setDialog({ act: "trust", servers: [server] })}>
              {t("servers.hostKey.replace")}
            </Button>
          }
        />
      )}
      <Card styles={{ body: { paddingTop: 4 } }}>
        <Tabs
          activeKey={tab}
          onChange={(key) => navigate(`/servers/${id}/${key}`, { replace: true })}
          items={[
            { key: "basics", label: t("servers.tabs.basics"), children: <Basics server={server} /> },
            {
              key: "hostkey",
              label: t("servers.tabs.hostKeys"),
              children: <HostKeys server={server} onPin={() => setDialog({ act: "trust", servers: [server] })} />,
            },
            { key: "tasks", label: t("servers.tabs.tasks"), children: <ServerTasks serverId={server.id} /> },
          ]}
        />
      </Card>
      <ServerDialogs open={dialog} onClose={() => setDialog(undefined)} onRemoved={() => navigate("/servers")} />
    </Page>
  );
}

function Basics({ server }: { readonly server: Server }) {
  const { t } = useTranslation();
  return (
    <Descriptions
      size="small"
      bordered
      column={1}
      styles={{ label: { width: 200 } }}
      items={[
        {
          key: "address",
          label: t("servers.columns.address"),
          children: <Identifier value={`${server.user}@${addressOf(server)}`} label={t("servers.columns.address")} />,
        },
        { key: "profile", label: t("servers.profile"), children: t(`servers.profiles.${server.profile}`) },
        {
          key: "login",
          label: t("servers.columns.login"),
          children: (
            <StateTag tone={LOGIN_TONE[server.passwordLogin]}>{t(`servers.login.${server.passwordLogin}`)}</StateTag>
          ),
        },
        {
          key: "binding",
          label: t("servers.facts.binding"),
          children: (
            <Flex gap={8} align="center" wrap>
              <StateTag tone={BINDING_TONE[bindingState(server)]}>
                {t(`servers.binding.${bindingState(server)}`)}
              </StateTag>
              {server.binding && <Link to={`/keypairs/${server.binding.keypairId}`}>{server.binding.keypairName}</Link>}
              {server.binding?.provedAt !== undefined && <RelativeTime time={server.binding.provedAt} />}
            </Flex>
          ),
        },
        ...(server.runningTaskId
          ? [
              {
                key: "running",
                label: t("servers.facts.running"),
                children: <Link to={`/tasks/${server.runningTaskId}`}>{t("servers.showTask")}</Link>,
              },
            ]
          : []),
        ...(server.problem
          ? [
              {
                key: "problem",
                label: t("servers.facts.problem"),
                children: (
                  <>
                    <ErrorText said={server.problem} /> <Typography.Text code>{server.problem.code}</Typography.Text>
                  </>
                ),
              },
            ]
          : []),
        {
          key: "version",
          label: t("servers.facts.version"),
          children: server.serverVersion ?? t("common.unknown"),
        },
        { key: "seen", label: t("servers.facts.lastSeen"), children: <RelativeTime time={server.lastSeenAt} /> },
        { key: "created", label: t("common.created"), children: <RelativeTime time={server.createdAt} /> },
      ]}
    />
  );
}

function HostKeys({ server, onPin }: { readonly server: Server; readonly onPin: () => void }) {
  const { t } = useTranslation();
  if (server.hostKeys.length === 0) {
    return (
      <EmptyState
        text={t("servers.hostKey.notPinned")}
        action={
          <Button type="primary" onClick={onPin}>
            {t("servers.hostKey.pin")}
          </Button>
        }
      />
    );
  }
  return (
    <Descriptions
      size="small"
      bordered
      column={1}
      styles={{ label: { width: 200 } }}
      title={t("servers.hostKey.pinned")}
      items={server.hostKeys.map((key) => ({
        key: key.fingerprint,
        label: key.algorithm,
        children: <Identifier value={key.fingerprint} label={t("servers.hostKey.fingerprint")} />,
      }))}
    />
  );
}

function ServerTasks({ serverId }: { readonly serverId: string }) {
  const { t } = useTranslation();
  const titleOf = useTaskTitle();
  const tasks = useOperation("tasks", "list", NOTHING);
  const own = tasks.data?.tasks.filter((task) => task.serverId === serverId) ?? [];
  if (tasks.error) return <ErrorPanel error={tasks.error} onRetry={() => void tasks.refetch()} />;
  if (own.length === 0) return <EmptyState text={t("tasks.empty")} />;
  return (
    <Flex vertical gap={8}>
      {own.map((task) => (
        <Flex key={task.id} gap={12} align="center" wrap>
          <StateTag tone={TASK_TONE[task.state]}>{t(`tasks.state.${task.state}`)}</StateTag>
          <Link to={`/tasks/${task.id}`}>{titleOf(task)}</Link>
          <RelativeTime time={task.createdAt} />
        </Flex>
      ))}
    </Flex>
  );
}
