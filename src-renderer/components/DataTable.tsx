import { Table, type TableColumnsType, type TableProps } from "antd";
import { type PropsWithChildren, type ReactNode, useLayoutEffect, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { EmptyState } from "./EmptyState.tsx";
import { ErrorPanel } from "./ErrorPanel.tsx";
import { useFillHeight } from "./use-fill-height.ts";

/** From here on only the rows in sight are in the page; below it a plain table is kinder to screen readers. */
const VIRTUAL_FROM = 150;
const HEADER_HEIGHT = 42;

export interface DataTableProps<T> {
  readonly label: string;
  readonly rows: readonly T[];
  /** Every column has a width, because a virtual table cannot measure what it does not draw. */
  readonly columns: TableColumnsType<T>;
  readonly rowKey: keyof T & string;
  readonly loading: boolean;
  readonly error?: unknown;
  readonly onRetry?: () => void;
  /** Shown when there is nothing at all. */
  readonly empty: ReactNode;
  /** True when rows exist but the filters hide them all. */
  readonly filteredAway: boolean;
  readonly selection?: { readonly keys: readonly string[]; readonly onChange: (keys: string[]) => void };
  readonly expandable?: TableProps<T>["expandable"];
}

/** The table of a list page: fills the room, stays fluid at 10,000 rows, says what is loading, empty or wrong. */
export function DataTable<T extends object>(props: DataTableProps<T>) {
  const { t } = useTranslation();
  const { ref, height } = useFillHeight(HEADER_HEIGHT);
  const { columns, rows } = props;
  const width = useMemo(
    () => columns.reduce((sum, column) => sum + (typeof column.width === "number" ? column.width : 160), 0),
    [columns],
  );
  if (props.error && rows.length === 0) return <ErrorPanel error={props.error} onRetry={props.onRetry} />;
  const nothing = rows.length === 0 && !props.loading;
  return (
    <section ref={ref} aria-label={props.label} style={{ flex: 1, minHeight: 160, overflow: "hidden" }}>
      <Table<T>
        size="small"
        virtual={rows.length >= VIRTUAL_FROM && !props.expandable}
        rowKey={props.rowKey}
        columns={nothing ? columns.map((column) => shareOf(width, column)) : columns}
        dataSource={rows as T[]}
        loading={props.loading && rows.length === 0}
        pagination={false}
        scroll={nothing ? {} : { x: width, y: height }}
        showSorterTooltip={false}
        locale={{
          emptyText: props.loading ? (
            <EmptyState text={t("common.loading", { what: props.label })} />
          ) : props.filteredAway ? (
            <EmptyState text={t("common.noMatch")} />
          ) : (
            props.empty
          ),
        }}
        {...(props.selection
          ? {
              rowSelection: {
                selectedRowKeys: [...props.selection.keys],
                onChange: (keys: React.Key[]) => props.selection?.onChange(keys.map(String)),
                columnWidth: 40,
                // antd says "Select row 7", in English; a row has a name.
                getCheckboxProps: (row: T) => ({ "aria-label": t("lists.selectRow", { name: nameOf(row) }) }),
                getTitleCheckboxProps: () => ({ "aria-label": t("lists.selectAll") }),
                columnTitle: (box: ReactNode) => <NotWhereHidden>{box}</NotWhereHidden>,
              },
            }
          : {})}
        {...(props.expandable ? { expandable: props.expandable } : {})}
      />
    </section>
  );
}

/** What a row that can be selected is called; key pairs and servers have names. */
const nameOf = (row: object) => ("name" in row ? String(row.name) : "");

/** Columns of nothing share the room there is by their widths, so that the sentence under them stays in a narrow window. */
function shareOf<T>(all: number, { width, ...column }: TableColumnsType<T>[number]): TableColumnsType<T>[number] {
  const own = typeof width === "number" ? width : 160;
  return { ...column, width: `${(100 * own) / all}%`, ellipsis: true };
}

/** antd measures columns in a hidden row that repeats the "select all" box: keyboard and screen reader must not find it. */
function NotWhereHidden({ children }: PropsWithChildren) {
  const place = useRef<HTMLSpanElement>(null);
  useLayoutEffect(() => {
    if (place.current) place.current.inert = place.current.closest("[aria-hidden='true']") !== null;
  }, []);
  return <span ref={place}>{children}</span>;
}
