import { DownloadOutlined } from "@ant-design/icons";
import { Button, type TableColumnType, Tooltip } from "antd";
import dayjs from "dayjs";
import { type ReactNode, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ListName } from "#shared/models/preferences.ts";
import { ColumnChooser } from "./ColumnChooser.tsx";
import { csvText } from "./csv.ts";
import { DataTable, type DataTableProps } from "./DataTable.tsx";
import { ErrorPanel } from "./ErrorPanel.tsx";
import { ListToolbar } from "./ListToolbar.tsx";
import { type ListColumn, listLines, shownColumns, tableColumn } from "./list-columns.ts";
import { SavedFilters } from "./SavedFilters.tsx";
import { saveText } from "./save-file.ts";
import type { ListFilter } from "./use-list-filter.ts";
import { useListPreferences } from "./use-list-preferences.ts";

interface ListViewProps<T> extends Omit<DataTableProps<T>, "columns" | "onRetry"> {
  readonly list: ListName;
  readonly columns: readonly ListColumn<T>[];
  /** The row menu: always there, in no file. */
  readonly menu?: TableColumnType<T>;
  readonly filter: ListFilter<"q">;
  readonly searchLabel: string;
  /** The page's own filters, beside the search. */
  readonly filters?: ReactNode;
  /** What can be done with the rows chosen. */
  readonly batch?: ReactNode;
  /** Rows there are in all, filtered away or not. */
  readonly total: number;
  readonly refreshing: boolean;
  readonly onRefresh: () => void;
}

/** The middle of every list page: search, filters and saved filters, columns, file, refresh, and the table. */
export function ListView<T extends object>(props: ListViewProps<T>) {
  const { list, columns, menu, filter, searchLabel, filters, batch, total, refreshing, onRefresh, ...table } = props;
  const { t } = useTranslation();
  const { stored, isPending, save } = useListPreferences(list);
  // While the chooser is open; afterwards what is kept in the vault counts.
  const [draft, setDraft] = useState<{ readonly columns: string[] | undefined }>();
  const chosen = draft === undefined ? stored.columns : draft.columns;
  const shown = useMemo(() => shownColumns(columns, chosen), [columns, chosen]);
  const drawn = useMemo(() => [...shown.map(tableColumn), ...(menu ? [menu] : [])], [shown, menu]);
  const keepColumns = async () => {
    if (draft === undefined) return;
    await save.run({ columns: draft.columns });
    setDraft(undefined);
  };
  const takeAway = () => {
    // The mark at the beginning tells spreadsheets that it is UTF-8.
    saveText(`keystead-${list}-${dayjs().format("YYYY-MM-DD")}.csv`, `\uFEFF${csvText(listLines(shown, table.rows))}`);
  };
  const fileLabel = t("lists.export", { count: table.rows.length });
  return (
    <>
      <ListToolbar
        search={filter.values.q}
        searchLabel={searchLabel}
        onSearch={(text) => filter.set("q", text)}
        active={filter.active}
        onClear={filter.clear}
        onRefresh={onRefresh}
        refreshing={refreshing}
        count={t("common.shown", { shown: table.rows.length, total })}
        tools={
          <>
            <SavedFilters
              saved={stored.filters}
              query={filter.query}
              onApply={filter.apply}
              onSave={(kept) => void save.run({ filters: kept })}
            />
            <ColumnChooser
              columns={columns}
              chosen={chosen}
              onChange={(next) => setDraft({ columns: next })}
              onDone={() => void keepColumns()}
            />
            <Tooltip title={fileLabel}>
              <Button
                icon={<DownloadOutlined />}
                aria-label={fileLabel}
                disabled={table.rows.length === 0}
                onClick={takeAway}
              />
            </Tooltip>
          </>
        }
      >
        {filters}
      </ListToolbar>
      <ErrorPanel error={save.error} />
      {/* Rows of before stay in sight; that they could not be read anew must be, too. */}
      {table.rows.length > 0 && <ErrorPanel error={table.error} onRetry={onRefresh} />}
      {batch}
      <DataTable {...table} loading={table.loading || isPending} columns={drawn} onRetry={onRefresh} />
    </>
  );
}
