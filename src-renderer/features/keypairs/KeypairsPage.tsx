import { PlusOutlined } from "@ant-design/icons";
import { Button, type TableColumnsType } from "antd";
import { useDeferredValue, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Keypair } from "#shared/models/keypair.ts";
import { useOperation } from "../../app/use-operation.ts";
import { BatchBar } from "../../components/BatchBar.tsx";
import { DataTable } from "../../components/DataTable.tsx";
import { EmptyState } from "../../components/EmptyState.tsx";
import { Identifier } from "../../components/Identifier.tsx";
import { ChoiceFilter, ListToolbar } from "../../components/ListToolbar.tsx";
import { Page } from "../../components/Page.tsx";
import { RelativeTime } from "../../components/RelativeTime.tsx";
import { RowMenu } from "../../components/RowMenu.tsx";
import { StateTag } from "../../components/StateTag.tsx";
import { includesText } from "../../components/text-search.ts";
import { useListFilter } from "../../components/use-list-filter.ts";
import { CreateKeypairDrawer } from "./CreateKeypairDrawer.tsx";
import { KeypairDialogs, type OpenKeypairDialog } from "./KeypairDialogs.tsx";
import { HALF_TONE, KEY_SPECS } from "./key-specs.ts";
import { useKeypairActions } from "./use-keypair-actions.ts";

const NOTHING = {};
const NO_KEYPAIRS: readonly Keypair[] = [];

export function KeypairsPage() {
  const { t } = useTranslation();
  const list = useOperation("keypairs", "list", NOTHING);
  const filter = useListFilter(["q", "spec", "half"]);
  const [creating, setCreating] = useState(false);
  const [dialog, setDialog] = useState<OpenKeypairDialog>();
  const [selected, setSelected] = useState<readonly string[]>([]);
  const all = list.data?.keypairs ?? NO_KEYPAIRS;
  const wanted = useDeferredValue(filter.values);
  const rows = useMemo(
    () =>
      all.filter(
        (pair) =>
          (wanted.spec === "" || pair.spec === wanted.spec) &&
          (wanted.half === "" || pair.privateHalf === wanted.half) &&
          includesText(
            wanted.q,
            pair.name,
            pair.id,
            pair.fingerprintSha256,
            pair.fingerprintMd5,
            pair.comment,
            ...pair.boundServers.map((server) => server.name),
          ),
      ),
    [all, wanted],
  );
  const actions = useKeypairActions(setDialog);
  const columns = useColumns(actions);
  const chosen = all.filter((pair) => selected.includes(pair.id));
  const createButton = (
    <Button type="primary" icon={<PlusOutlined />} onClick={() => setCreating(true)}>
      {t("keypairs.create")}
    </Button>
  );
  return (
    <Page fill title={t("keypairs.title")} actions={createButton}>
      <ListToolbar
        search={filter.values.q}
        searchLabel={t("keypairs.search")}
        onSearch={(text) => filter.set("q", text)}
        active={filter.active}
        onClear={filter.clear}
        onRefresh={() => void list.refetch()}
        refreshing={list.isFetching}
        count={t("common.shown", { shown: rows.length, total: all.length })}
      >
        <ChoiceFilter
          label={t("keypairs.filter.spec")}
          value={filter.values.spec}
          onChange={(value) => filter.set("spec", value)}
          options={KEY_SPECS.map((value) => ({ value, label: t(`keypairs.spec.${value}`) }))}
        />
        <ChoiceFilter
          label={t("keypairs.filter.half")}
          value={filter.values.half}
          onChange={(value) => filter.set("half", value)}
          options={(Object.keys(HALF_TONE) as Keypair["privateHalf"][]).map((value) => ({
            value,
            label: t(`keypairs.half.${value}`),
          }))}
          width={170}
        />
      </ListToolbar>
      <BatchBar count={chosen.length} onClear={() => setSelected([])}>
        <Button
          disabled={chosen.some((pair) => pair.privateHalf !== "kept")}
          onClick={() => setDialog({ act: "export", keypairs: chosen })}
        >
          {t("keypairs.exportMany")}
        </Button>
        <Button danger onClick={() => setDialog({ act: "delete", keypairs: chosen })}>
          {t("common.delete")}
        </Button>
      </BatchBar>
      <DataTable
        label={t("keypairs.what")}
        rows={rows}
        columns={columns}
        rowKey="id"
        loading={list.isPending}
        error={list.error}
        onRetry={() => void list.refetch()}
        filteredAway={all.length > 0}
        empty={<EmptyState text={t("keypairs.empty")} action={createButton} />}
        selection={{ keys: selected, onChange: setSelected }}
      />
      {creating && <CreateKeypairDrawer onClose={() => setCreating(false)} />}
      <KeypairDialogs
        open={dialog}
        onClose={() => {
          if (dialog?.act === "delete") setSelected([]);
          setDialog(undefined);
        }}
      />
    </Page>
  );
}

function useColumns(actions: ReturnType<typeof useKeypairActions>): TableColumnsType<Keypair> {
  const { t } = useTranslation();
  return useMemo(
    () => [
      {
        title: t("common.name"),
        width: 160,
        ellipsis: true,
        sorter: (a, b) => a.name.localeCompare(b.name),
        render: (_, pair) => <Link to={`/keypairs/${pair.id}`}>{pair.name}</Link>,
      },
      {
        title: t("keypairs.columns.spec"),
        width: 110,
        sorter: (a, b) => KEY_SPECS.indexOf(a.spec) - KEY_SPECS.indexOf(b.spec),
        render: (_, pair) => t(`keypairs.spec.${pair.spec}`),
      },
      {
        title: t("keypairs.columns.fingerprint"),
        width: 220,
        render: (_, pair) => (
          <Identifier oneLine value={pair.fingerprintSha256} label={t("keypairs.facts.fingerprintSha256")} />
        ),
      },
      {
        title: t("keypairs.columns.half"),
        width: 125,
        render: (_, pair) => (
          <StateTag tone={HALF_TONE[pair.privateHalf]}>{t(`keypairs.half.${pair.privateHalf}`)}</StateTag>
        ),
      },
      { title: t("keypairs.columns.scope"), width: 80, render: (_, pair) => t(`keypairs.scope.${pair.scope}`) },
      {
        title: t("keypairs.columns.servers"),
        width: 125,
        ellipsis: true,
        sorter: (a, b) => a.boundServers.length - b.boundServers.length,
        render: (_, pair) => pair.boundServers.map((server) => server.name).join(", ") || t("common.none"),
      },
      {
        title: t("common.created"),
        width: 160,
        sorter: (a, b) => a.createdAt - b.createdAt,
        render: (_, pair) => <RelativeTime time={pair.createdAt} short />,
      },
      {
        title: <span className="visually-hidden">{t("common.actions")}</span>,
        width: 48,
        fixed: "end",
        render: (_, pair) => <RowMenu name={pair.name} actions={actions(pair)} />,
      },
    ],
    [t, actions],
  );
}
