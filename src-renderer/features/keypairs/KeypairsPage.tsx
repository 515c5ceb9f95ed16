import { PlusOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useDeferredValue, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Keypair } from "#shared/models/keypair.ts";
import { useOperation } from "../../app/use-operation.ts";
import { BatchBar } from "../../components/BatchBar.tsx";
import { EmptyState } from "../../components/EmptyState.tsx";
import { ChoiceFilter } from "../../components/ListToolbar.tsx";
import { ListView } from "../../components/ListView.tsx";
import { Page } from "../../components/Page.tsx";
import { includesText } from "../../components/text-search.ts";
import { useListFilter } from "../../components/use-list-filter.ts";
import { useRowMenu } from "../../components/use-row-menu.tsx";
import { CreateKeypairDrawer } from "./CreateKeypairDrawer.tsx";
import { KeypairDialogs, type OpenKeypairDialog } from "./KeypairDialogs.tsx";
import { HALF_TONE, KEY_SPECS } from "./key-specs.ts";
import { useKeypairActions } from "./use-keypair-actions.ts";
import { useKeypairColumns } from "./use-keypair-columns.tsx";

const NOTHING = {};
const NO_KEYPAIRS: readonly Keypair[] = [];
const nameOf = (pair: Keypair) => pair.name;

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
  const columns = useKeypairColumns();
  const menu = useRowMenu(actions, nameOf);
  const chosen = all.filter((pair) => selected.includes(pair.id));
  const createButton = (
    <Button type="primary" icon={<PlusOutlined />} onClick={() => setCreating(true)}>
      {t("keypairs.create")}
    </Button>
  );
  return (
    <Page fill title={t("keypairs.title")} actions={createButton}>
      <ListView
        list="keypairs"
        label={t("keypairs.what")}
        rows={rows}
        columns={columns}
        menu={menu}
        rowKey="id"
        loading={list.isPending}
        error={list.error}
        filteredAway={all.length > 0}
        empty={<EmptyState text={t("keypairs.empty")} action={createButton} />}
        selection={{ keys: selected, onChange: setSelected }}
        filter={filter}
        searchLabel={t("keypairs.search")}
        total={all.length}
        onRefresh={() => void list.refetch()}
        refreshing={list.isFetching}
        filters={
          <>
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
          </>
        }
        batch={
          <BatchBar count={chosen.length} onClear={() => setSelected([])}>
            <Button
              disabled={chosen.some((pair) => pair.privateHalf !== "kept")}
              onClick={() => setDialog({ act: "export", keypairs: chosen })}
            >
              {t(chosen.length === 1 ? "keypairs.export" : "keypairs.exportMany")}
            </Button>
            <Button danger onClick={() => setDialog({ act: "delete", keypairs: chosen })}>
              {t("common.delete")}
            </Button>
          </BatchBar>
        }
      />
      {creating && <CreateKeypairDrawer onClose={() => setCreating(false)} />}
      <KeypairDialogs open={dialog} onClose={() => setDialog(undefined)} />
    </Page>
  );
}
