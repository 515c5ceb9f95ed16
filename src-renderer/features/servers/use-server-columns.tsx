import { Button, Flex, type TableColumnsType, Tooltip } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Server } from "#shared/models/server.ts";
import { addressOf } from "../../components/format.ts";
import { RelativeTime } from "../../components/RelativeTime.tsx";
import { type RowAction, RowMenu } from "../../components/RowMenu.tsx";
import { StateTag } from "../../components/StateTag.tsx";
import { BINDING_TONE, bindingState, LOGIN_TONE, REACH_TONE } from "./server-state.ts";

export function useServerColumns(actions: (server: Server) => readonly RowAction[]): TableColumnsType<Server> {
  const { t } = useTranslation();
  return useMemo(
    () => [
      {
        title: t("common.name"),
        width: 140,
        ellipsis: true,
        sorter: (a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
        render: (_, server) => <Link to={`/servers/${server.id}`}>{server.name}</Link>,
      },
      {
        title: t("servers.columns.address"),
        width: 135,
        ellipsis: true,
        sorter: (a, b) => (a.host < b.host ? -1 : a.host > b.host ? 1 : a.port - b.port),
        render: (_, server) => addressOf(server),
      },
      { title: t("servers.columns.user"), dataIndex: "user", width: 65, ellipsis: true },
      {
        title: t("servers.columns.reach"),
        width: 145,
        render: (_, server) => {
          const tag = (
            <StateTag tone={REACH_TONE[server.reachability]}>{t(`servers.reach.${server.reachability}`)}</StateTag>
          );
          return server.problem ? <Tooltip title={server.problem.message}>{tag}</Tooltip> : tag;
        },
      },
      {
        title: t("servers.columns.login"),
        width: 135,
        render: (_, server) => (
          <StateTag tone={LOGIN_TONE[server.passwordLogin]}>{t(`servers.login.${server.passwordLogin}`)}</StateTag>
        ),
      },
      {
        title: t("servers.columns.key"),
        width: 140,
        ellipsis: true,
        render: (_, server) => {
          if (server.runningTaskId) {
            return <Link to={`/tasks/${server.runningTaskId}`}>{t("servers.showTask")}</Link>;
          }
          if (server.binding?.state === "bound") {
            return <Link to={`/keypairs/${server.binding.keypairId}`}>{server.binding.keypairName}</Link>;
          }
          return (
            <StateTag tone={BINDING_TONE[bindingState(server)]}>
              {t(`servers.binding.${bindingState(server)}`)}
            </StateTag>
          );
        },
      },
      {
        title: t("servers.columns.seen"),
        width: 155,
        sorter: (a, b) => (a.lastSeenAt ?? 0) - (b.lastSeenAt ?? 0),
        render: (_, server) => <RelativeTime time={server.lastSeenAt} short />,
      },
      {
        title: <span className="visually-hidden">{t("common.actions")}</span>,
        width: 100,
        fixed: "end",
        render: (_, server) => {
          const [bind, ...rest] = actions(server);
          return (
            <Flex gap={4} justify="end">
              {bind && (
                <Button
                  size="small"
                  disabled={bind.disabled ?? false}
                  onClick={bind.onClick}
                  aria-label={t("bind.title", { name: server.name })}
                >
                  {t("bind.short")}
                </Button>
              )}
              <RowMenu name={server.name} actions={rest} />
            </Flex>
          );
        },
      },
    ],
    [t, actions],
  );
}
