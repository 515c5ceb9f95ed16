import { Button } from "antd";
import { type ReactNode, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import type { TokenView } from "#shared/models/token.ts";
import { EmptyState } from "../../components/EmptyState.tsx";
import { ChoiceFilter } from "../../components/ListToolbar.tsx";
import { ListView } from "../../components/ListView.tsx";
import { includesText } from "../../components/text-search.ts";
import { useListFilter } from "../../components/use-list-filter.ts";
import { useRowMenu } from "../../components/use-row-menu.tsx";
import { TagSearch } from "./TagSearch.tsx";
import { type OpenTokenDialog, TokenDialogs } from "./TokenDialogs.tsx";
import { tokenName } from "./token-state.ts";
import { useTokenActions } from "./use-token-actions.ts";
import { useTokenColumns } from "./use-token-columns.tsx";
import { useTaggedTokens, useTokens } from "./use-tokens.ts";

/** H02: what is in, and the registered ones that are not. Main tells when it is another picture. */
export function TokensTable({ addModule }: { readonly addModule: ReactNode }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { tokens, modules } = useTokens();
  const filter = useListFilter(["q", "present", "tags"]);
  const { q, present, tags } = filter.values;
  const { query, tokens: tagged } = useTaggedTokens(tags);
  const [dialog, setDialog] = useState<OpenTokenDialog>();
  const actions = useTokenActions(setDialog);
  const fresh = t("tokens.fresh");
  const nameOf = useMemo(() => (token: TokenView) => tokenName(token, fresh), [fresh]);
  const columns = useTokenColumns();
  const menu = useRowMenu(actions, nameOf);
  const rows = useMemo(
    () =>
      tagged.filter(
        (token) =>
          (present === "" || token.present === (present === "in")) &&
          includesText(
            q,
            token.label,
            token.serial,
            token.manufacturer,
            token.model,
            token.moduleName,
            token.instance?.name,
            ...(token.instance?.tags ?? []).map((tag) => `${tag.key} ${tag.value}`),
          ),
      ),
    [tagged, q, present],
  );
  return (
    <>
      <ListView
        list="tokens"
        label={t("tokens.what")}
        rows={rows}
        columns={columns}
        menu={menu}
        rowKey="id"
        loading={query.isPending}
        error={query.error}
        filteredAway={tokens.length > 0}
        empty={
          modules.length === 0 ? (
            <EmptyState text={t("tokens.emptyNoModule")} action={addModule} />
          ) : (
            <EmptyState
              text={t("tokens.empty")}
              action={<Button onClick={() => navigate("/tokens/modules")}>{t("tokens.showModules")}</Button>}
            />
          )
        }
        filter={filter}
        searchLabel={t("tokens.search")}
        total={tokens.length}
        onRefresh={() => void query.refetch()}
        refreshing={query.isFetching}
        filters={
          <>
            <ChoiceFilter
              label={t("tokens.filter.present")}
              value={present}
              onChange={(value) => filter.set("present", value)}
              options={(["in", "out"] as const).map((value) => ({ value, label: t(`tokens.present.${value}`) }))}
            />
            <TagSearch tokens={tokens} value={tags} onChange={(value) => filter.set("tags", value)} />
          </>
        }
      />
      <TokenDialogs open={dialog} onClose={() => setDialog(undefined)} />
    </>
  );
}
