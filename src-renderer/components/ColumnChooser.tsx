import { TableOutlined } from "@ant-design/icons";
import { Button, Checkbox, Flex } from "antd";
import { useTranslation } from "react-i18next";
import { type ListColumn, shownColumns } from "./list-columns.ts";
import { ToolbarPopover } from "./ToolbarPopover.tsx";

interface ColumnChooserProps<T> {
  readonly columns: readonly ListColumn<T>[];
  readonly chosen: readonly string[] | undefined;
  /** At every box; `undefined` is the list's own choice. */
  readonly onChange: (chosen: string[] | undefined) => void;
  /** Once, when the chooser closes. */
  readonly onDone: () => void;
}

/** Which columns a list shows. The table follows at once; the choice is kept when the panel closes. */
export function ColumnChooser<T>({ columns, chosen, onChange, onDone }: ColumnChooserProps<T>) {
  const { t } = useTranslation();
  const shown = shownColumns(columns, chosen).map((column) => column.key);
  return (
    <ToolbarPopover label={t("lists.columns")} icon={<TableOutlined />} onClosed={onDone}>
      {() => (
        <Flex vertical gap={8} align="start">
          <Checkbox.Group
            value={shown}
            onChange={onChange}
            style={{ maxHeight: "min(320px, 34vh)", overflow: "auto", width: "100%" }}
          >
            <Flex vertical gap={4}>
              {columns.map(({ key, label }) => (
                // A list without any column would be no list.
                <Checkbox key={key} value={key} disabled={shown.length === 1 && shown[0] === key}>
                  {label}
                </Checkbox>
              ))}
            </Flex>
          </Checkbox.Group>
          <Button size="small" disabled={chosen === undefined} onClick={() => onChange(undefined)}>
            {t("lists.columnsReset")}
          </Button>
        </Flex>
      )}
    </ToolbarPopover>
  );
}
