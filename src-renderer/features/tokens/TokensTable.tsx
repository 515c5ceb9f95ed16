import { Button, type TableColumnsType, Tag } from "antd";
import { type ReactNode, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import type { TokenView } from "#shared/models/token.ts";
import { DataTable } from "../../components/DataTable.tsx";
import { EmptyState } from "../../components/EmptyState.tsx";
import { Identifier } from "../../components/Identifier.tsx";
import { ChoiceFilter, ListToolbar } from "../../components/ListToolbar.tsx";
import { RowMenu } from "../../components/RowMenu.tsx";
import { StateTag } from "../../components/StateTag.tsx";
import { includesText } from "../../components/text-search.ts";
import { useListFilter } from "../../components/use-list-filter.ts";
import { PinTag } from "./PinTag.tsx";
import { type OpenTokenDialog, TokenDialogs } from "./TokenDialogs.tsx";
import { INSTANCE_TONE, LOGIN_TONE, tokenName } from "./token-state.ts";
import { useTokenActions } from "./use-token-actions.ts";
import { useTokens } from "./use-tokens.ts";

/** H02: what is in, and the registered ones that are not. Main tells when it is another picture. */
export function TokensTable({ addModule }: { readonly addModule: ReactNode }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { query, tokens, modules } = useTokens();
  const filter = useListFilter(["q", "present"]);
  const [dialog, setDialog] = useState<OpenTokenDialog>();
  const columns = useColumns(useTokenActions(setDialog));
  const { q, present } = filter.values;
  const rows = useMemo(
    () =>
      tokens.filter(
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
    [tokens, q, present],
  );
  return (
    <>
      <ListToolbar
        search={q}
        searchLabel={t("tokens.search")}
        onSearch={(text) => filter.set("q", text)}
        active={filter.active}
        onClear={filter.clear}
        onRefresh={() => void query.refetch()}
        refreshing={query.isFetching}
        count={t("common.shown", { shown: rows.length, total: tokens.length })}
      >
        <ChoiceFilter
          label={t("tokens.filter.present")}
          value={present}
          onChange={(value) => filter.set("present", value)}
          options={(["in", "out"] as const).map((value) => ({ value, label: t(`tokens.present.${value}`) }))}
        />
      </ListToolbar>
      <DataTable
        label={t("tokens.what")}
        rows={rows}
        columns={columns}
        rowKey="id"
        loading={query.isPending}
        error={query.error}
        onRetry={() => void query.refetch()}
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
      />
      <TokenDialogs open={dialog} onClose={() => setDialog(undefined)} />
    </>
  );
}

function useColumns(actions: ReturnType<typeof useTokenActions>): TableColumnsType<TokenView> {
  const { t } = useTranslation();
  return useMemo(
    () => [
      {
        title: t("tokens.columns.label"),
        width: 150,
        ellipsis: true,
        sorter: (a, b) => a.label.localeCompare(b.label),
        render: (_, token) => <Link to={`/tokens/${token.id}`}>{tokenName(token, t("tokens.fresh"))}</Link>,
      },
      {
        title: t("tokens.columns.present"),
        width: 90,
        render: (_, token) => (
          <StateTag tone={token.present ? "good" : "quiet"}>
            {t(`tokens.present.${token.present ? "in" : "out"}`)}
          </StateTag>
        ),
      },
      {
        title: t("tokens.columns.initialised"),
        width: 95,
        render: (_, token) => (
          <StateTag tone={token.initialized ? "good" : "care"}>
            {t(`tokens.initialised.${token.initialized ? "yes" : "no"}`)}
          </StateTag>
        ),
      },
      {
        title: t("tokens.columns.pin"),
        width: 135,
        render: (_, token) => (token.present ? <PinTag who="user" state={token.userPin.state} /> : "–"),
      },
      {
        title: t("tokens.columns.login"),
        width: 105,
        render: (_, token) =>
          token.present && token.initialized ? (
            <StateTag tone={LOGIN_TONE[token.loggedIn]}>{t(`tokens.login.${token.loggedIn}`)}</StateTag>
          ) : (
            "–"
          ),
      },
      {
        title: t("tokens.columns.instance"),
        width: 150,
        ellipsis: true,
        render: (_, { instance }) =>
          instance ? (
            <>
              <Tag color={INSTANCE_TONE[instance.status] === "bad" ? "error" : "default"}>
                {t(`tokens.instance.uses.${instance.use}`)}
              </Tag>
              {instance.name}
            </>
          ) : (
            "–"
          ),
      },
      {
        title: t("tokens.columns.serial"),
        width: 175,
        render: (_, token) =>
          token.serial ? <Identifier oneLine value={token.serial} label={t("tokens.columns.serial")} /> : "–",
      },
      {
        title: t("tokens.columns.model"),
        width: 120,
        ellipsis: true,
        render: (_, token) => token.model || "–",
      },
      { title: t("tokens.columns.module"), width: 100, ellipsis: true, dataIndex: "moduleName" },
      {
        title: <span className="visually-hidden">{t("common.actions")}</span>,
        width: 48,
        fixed: "end",
        render: (_, token) => <RowMenu name={tokenName(token, t("tokens.fresh"))} actions={actions(token)} />,
      },
    ],
    [t, actions],
  );
}
