import { PlusOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useDeferredValue, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Server } from "#shared/models/server.ts";
import { useClient } from "../../app/bridge-context.ts";
import { useAction } from "../../app/use-action.ts";
import { useOperation } from "../../app/use-operation.ts";
import { BatchBar } from "../../components/BatchBar.tsx";
import { BatchDialog } from "../../components/BatchDialog.tsx";
import { EmptyState } from "../../components/EmptyState.tsx";
import { useErrorLine } from "../../components/error-words.ts";
import { ChoiceFilter } from "../../components/ListToolbar.tsx";
import { ListView } from "../../components/ListView.tsx";
import { Page } from "../../components/Page.tsx";
import { type BatchRow, runBatch } from "../../components/run-batch.ts";
import { includesText } from "../../components/text-search.ts";
import { useListFilter } from "../../components/use-list-filter.ts";
import { AddServerDialog } from "./AddServerDialog.tsx";
import { type OpenServerDialog, ServerDialogs } from "./ServerDialogs.tsx";
import { BINDING_TONE, type BindingState, bindingState, LOGIN_TONE, REACH_TONE } from "./server-state.ts";
import { useServerActions } from "./use-server-actions.ts";
import { useServerColumns, useServerMenu } from "./use-server-columns.tsx";

const NOTHING = {};
const NO_SERVERS: readonly Server[] = [];
/** Above this, more connections at once gain nothing on a small machine. */
const TESTS_ABREAST = 8;

export function ServersPage() {
  const { t } = useTranslation();
  const client = useClient();
  const list = useOperation("servers", "list", NOTHING);
  const filter = useListFilter(["q", "reach", "login", "binding"]);
  const [adding, setAdding] = useState(false);
  const [dialog, setDialog] = useState<OpenServerDialog>();
  const [selected, setSelected] = useState<readonly string[]>([]);
  const [tested, setTested] = useState<readonly BatchRow[]>();
  const all = list.data?.servers ?? NO_SERVERS;
  const wanted = useDeferredValue(filter.values);
  const rows = useMemo(
    () =>
      all.filter(
        (server) =>
          (wanted.reach === "" || server.reachability === wanted.reach) &&
          (wanted.login === "" || server.passwordLogin === wanted.login) &&
          (wanted.binding === "" || bindingState(server) === wanted.binding) &&
          includesText(wanted.q, server.name, server.host, server.user, server.id, server.binding?.keypairName),
      ),
    [all, wanted],
  );
  const actions = useServerActions(setDialog);
  const inWords = useErrorLine();
  const columns = useServerColumns();
  const menu = useServerMenu(actions);
  const chosen = useMemo(() => {
    const keys = new Set(selected);
    return keys.size === 0 ? [] : all.filter((server) => keys.has(server.id));
  }, [all, selected]);
  const testMany = useAction(
    () =>
      runBatch(
        chosen,
        async ({ id }) => {
          const { report } = await client.servers.testConnection({ id });
          return report.problem ? inWords(report.problem) : t(`servers.reach.${report.reachability}`);
        },
        TESTS_ABREAST,
      ),
    ["servers"],
  );
  const addButton = (
    <Button type="primary" icon={<PlusOutlined />} onClick={() => setAdding(true)}>
      {t("servers.add")}
    </Button>
  );
  return (
    <Page fill title={t("servers.title")} actions={addButton}>
      <ListView
        list="servers"
        label={t("servers.what")}
        rows={rows}
        columns={columns}
        menu={menu}
        rowKey="id"
        loading={list.isPending}
        error={list.error}
        filteredAway={all.length > 0}
        empty={<EmptyState text={t("servers.empty")} action={addButton} />}
        selection={{ keys: selected, onChange: setSelected }}
        filter={filter}
        searchLabel={t("servers.search")}
        total={all.length}
        onRefresh={() => void list.refetch()}
        refreshing={list.isFetching}
        filters={
          <>
            <ChoiceFilter
              label={t("servers.filter.reach")}
              value={filter.values.reach}
              onChange={(value) => filter.set("reach", value)}
              options={(Object.keys(REACH_TONE) as Server["reachability"][]).map((value) => ({
                value,
                label: t(`servers.reach.${value}`),
              }))}
            />
            <ChoiceFilter
              label={t("servers.filter.login")}
              value={filter.values.login}
              onChange={(value) => filter.set("login", value)}
              options={(Object.keys(LOGIN_TONE) as Server["passwordLogin"][]).map((value) => ({
                value,
                label: t(`servers.login.${value}`),
              }))}
              width={170}
            />
            <ChoiceFilter
              label={t("servers.filter.binding")}
              value={filter.values.binding}
              onChange={(value) => filter.set("binding", value)}
              options={(Object.keys(BINDING_TONE) as BindingState[]).map((value) => ({
                value,
                label: t(`servers.binding.${value}`),
              }))}
              width={140}
            />
          </>
        }
        batch={
          <BatchBar count={chosen.length} onClear={() => setSelected([])}>
            <Button loading={testMany.pending} onClick={() => void testMany.run().then(setTested)}>
              {t("servers.test.many", { count: chosen.length })}
            </Button>
            <Button danger onClick={() => setDialog({ act: "remove", servers: chosen })}>
              {t(chosen.length === 1 ? "servers.remove" : "servers.removeMany")}
            </Button>
          </BatchBar>
        }
      />
      {adding && (
        <AddServerDialog
          onClose={() => setAdding(false)}
          onAdded={(server) => setDialog({ act: "bind", servers: [server] })}
        />
      )}
      {tested && <BatchDialog rows={tested} onClose={() => setTested(undefined)} />}
      <ServerDialogs open={dialog} onClose={() => setDialog(undefined)} />
    </Page>
  );
}
