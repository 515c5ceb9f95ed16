import type { TableColumnType } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { type RowAction, RowMenu } from "./RowMenu.tsx";

/** The last column of a list: what can be done with one row. Both functions must be stable. */
export function useRowMenu<T>(
  actions: (row: T) => readonly RowAction[],
  nameOf: (row: T) => string,
): TableColumnType<T> {
  const { t } = useTranslation();
  return useMemo(
    () => ({
      key: "menu",
      title: <span className="visually-hidden">{t("common.actions")}</span>,
      width: 48,
      fixed: "end",
      render: (_, row) => <RowMenu name={nameOf(row)} actions={actions(row)} />,
    }),
    [t, actions, nameOf],
  );
}
