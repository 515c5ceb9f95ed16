import { Button, Flex, type TableColumnType, Tooltip } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Server } from "#shared/models/server.ts";
import { useErrorLine } from "../../components/error-words.ts";
import { addressOf } from "../../components/format.ts";
import { Identifier } from "../../components/Identifier.tsx";
import { fileTime, type ListColumn } from "../../components/list-columns.ts";
import { RelativeTime } from "../../components/RelativeTime.tsx";
import { type RowAction, RowMenu } from "../../components/RowMenu.tsx";
import { StateTag } from "../../components/StateTag.tsx";
import { BINDING_TONE, bindingState, LOGIN_TONE, REACH_TONE } from "./server-state.ts";

export function useServerColumns(): readonly ListColumn<Server>[] {
  const { t } = useTranslation();
  const inWords = useErrorLine();
  return useMemo(() => {
    const problem = (server: Server) => (server.problem ? inWords(server.problem) : "");
    return [
      {
        key: "name",
        label: t("common.name"),
        width: 140,
        ellipsis: true,
        sorter: (a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
        render: (_, server) => <Link to={`/servers/${server.id}`}>{server.name}</Link>,
        text: (server) => server.name,
      },
      {
        key: "address",
        label: t("servers.columns.address"),
        width: 135,
        ellipsis: true,
        sorter: (a, b) => (a.host < b.host ? -1 : a.host > b.host ? 1 : a.port - b.port),
        render: (_, server) => addressOf(server),
        text: addressOf,
      },
      {
        key: "user",
        label: t("servers.columns.user"),
        width: 65,
        ellipsis: true,
        render: (_, server) => server.user,
        text: (server) => server.user,
      },
      {
        key: "reach",
        label: t("servers.columns.reach"),
        width: 145,
        render: (_, server) => {
          const tag = (
            <StateTag tone={REACH_TONE[server.reachability]}>{t(`servers.reach.${server.reachability}`)}</StateTag>
          );
          return server.problem ? <Tooltip title={inWords(server.problem)}>{tag}</Tooltip> : tag;
        },
        text: (server) => t(`servers.reach.${server.reachability}`),
      },
      {
        key: "problem",
        extra: true,
        label: t("servers.facts.problem"),
        width: 260,
        ellipsis: true,
        render: (_, server) => problem(server),
        text: problem,
      },
      {
        key: "login",
        label: t("servers.columns.login"),
        width: 135,
        render: (_, server) => (
          <StateTag tone={LOGIN_TONE[server.passwordLogin]}>{t(`servers.login.${server.passwordLogin}`)}</StateTag>
        ),
        text: (server) => t(`servers.login.${server.passwordLogin}`),
      },
      {
        key: "key",
        label: t("servers.columns.key"),
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
        text: (server) =>
          server.binding?.state === "bound" ? server.binding.keypairName : t(`servers.binding.${bindingState(server)}`),
      },
      {
        key: "hostKey",
        extra: true,
        label: t("servers.columns.hostKey"),
        width: 220,
        render: (_, server) =>
          server.hostKeys[0] ? (
            <Identifier oneLine value={server.hostKeys[0].fingerprint} label={t("servers.columns.hostKey")} />
          ) : (
            t("common.none")
          ),
        text: (server) => server.hostKeys.map((key) => key.fingerprint).join(" "),
      },
      {
        key: "version",
        extra: true,
        label: t("servers.facts.version"),
        width: 180,
        ellipsis: true,
        render: (_, server) => server.serverVersion ?? t("common.unknown"),
        text: (server) => server.serverVersion ?? "",
      },
      {
        key: "seen",
        label: t("servers.columns.seen"),
        width: 155,
        sorter: (a, b) => (a.lastSeenAt ?? 0) - (b.lastSeenAt ?? 0),
        render: (_, server) => <RelativeTime time={server.lastSeenAt} short />,
        text: (server) => fileTime(server.lastSeenAt),
      },
      {
        key: "created",
        extra: true,
        label: t("common.created"),
        width: 155,
        sorter: (a, b) => a.createdAt - b.createdAt,
        render: (_, server) => <RelativeTime time={server.createdAt} short />,
        text: (server) => fileTime(server.createdAt),
      },
      {
        key: "id",
        extra: true,
        label: t("common.id"),
        width: 220,
        render: (_, server) => <Identifier oneLine value={server.id} label={t("common.id")} />,
        text: (server) => server.id,
      },
    ];
  }, [t, inWords]);
}

/** Binding is what a server is here for: it has a button of its own before the menu. */
export function useServerMenu(actions: (server: Server) => readonly RowAction[]): TableColumnType<Server> {
  const { t } = useTranslation();
  return useMemo(
    () => ({
      key: "menu",
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
    }),
    [t, actions],
  );
}
