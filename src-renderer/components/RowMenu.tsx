import { MoreOutlined } from "@ant-design/icons";
import { Button, Dropdown } from "antd";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";

export interface RowAction {
  readonly key: string;
  readonly label: string;
  readonly danger?: boolean;
  readonly disabled?: boolean;
  /** Why it cannot be done now, where it is disabled. */
  readonly why?: string;
  readonly onClick: () => void;
}

interface RowMenuProps {
  readonly name: string;
  readonly actions: readonly RowAction[];
}

/**
 * The actions of one row or page that are not in sight; Enter, arrow keys and Escape work. The menu's machinery is made when
 * it is first opened: a list draws many of these and opens few.
 */
export function RowMenu({ name, actions }: RowMenuProps) {
  const { t } = useTranslation();
  const [open, setOpen] = useState<boolean>();
  const trigger = useRef<HTMLButtonElement>(null);
  const change = (next: boolean) => {
    setOpen(next);
    // Back to where the menu was opened: a dialog it leads to then gives the focus back to here, too.
    if (!next) trigger.current?.focus();
  };
  const button = (
    <Button
      ref={trigger}
      type="text"
      size="small"
      icon={<MoreOutlined />}
      aria-label={t("common.more", { name })}
      aria-haspopup="menu"
      aria-expanded={open ?? false}
      {...(open === undefined ? { onClick: () => setOpen(true) } : {})}
    />
  );
  if (open === undefined) return button;
  return (
    <Dropdown
      trigger={["click"]}
      autoFocus
      open={open}
      onOpenChange={change}
      menu={{
        items: actions.map(({ key, label, danger = false, disabled = false, why }) => ({
          key,
          label,
          danger,
          disabled,
          title: (disabled && why) || "",
        })),
        onClick: ({ key, domEvent }) => {
          domEvent.stopPropagation();
          // The Enter that chose must not also submit the form of the dialog it opens.
          domEvent.preventDefault();
          change(false);
          actions.find((action) => action.key === key)?.onClick();
        },
      }}
    >
      {button}
    </Dropdown>
  );
}
