import { MoreOutlined } from "@ant-design/icons";
import { Button, Dropdown } from "antd";
import { useTranslation } from "react-i18next";

export interface RowAction {
  readonly key: string;
  readonly label: string;
  readonly danger?: boolean;
  readonly disabled?: boolean;
  readonly onClick: () => void;
}

/** The actions of one row or page that are not in sight; Enter, arrow keys and Escape work. */
export function RowMenu({ name, actions }: { readonly name: string; readonly actions: readonly RowAction[] }) {
  const { t } = useTranslation();
  return (
    <Dropdown
      trigger={["click"]}
      autoFocus
      menu={{
        items: actions.map(({ key, label, danger = false, disabled = false }) => ({ key, label, danger, disabled })),
        onClick: ({ key, domEvent }) => {
          domEvent.stopPropagation();
          actions.find((action) => action.key === key)?.onClick();
        },
      }}
    >
      <Button type="text" size="small" icon={<MoreOutlined />} aria-label={t("common.more", { name })} />
    </Dropdown>
  );
}
