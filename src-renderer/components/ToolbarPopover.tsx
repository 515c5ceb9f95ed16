import { Button, Popover, Tooltip } from "antd";
import { type KeyboardEvent, type ReactNode, useRef, useState } from "react";

interface ToolbarPopoverProps {
  readonly label: string;
  readonly icon: ReactNode;
  readonly children: (close: () => void) => ReactNode;
  readonly onClosed?: () => void;
}

/**
 * A button of the toolbar with a small panel below. The panel stands right behind the button in the document, so that Tab
 * goes on into it; it takes the focus when it opens, and Escape closes it and gives the focus back.
 */
export function ToolbarPopover({ label, icon, children, onClosed }: ToolbarPopoverProps) {
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const panel = useRef<HTMLDivElement>(null);
  const change = (next: boolean) => {
    setOpen(next);
    if (open && !next) onClosed?.();
  };
  const close = () => {
    change(false);
    button.current?.focus();
  };
  const closeOnEscape = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || !open) return;
    event.stopPropagation();
    close();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: only passes Escape on to the button inside
    <span style={{ position: "relative" }} onKeyDown={closeOnEscape}>
      <Popover
        trigger="click"
        placement="bottomRight"
        open={open}
        onOpenChange={change}
        destroyOnHidden
        getPopupContainer={(trigger) => trigger.parentElement ?? document.body}
        afterOpenChange={(shown) => shown && panel.current?.querySelector<HTMLElement>("input, button")?.focus()}
        content={
          <div ref={panel} role="dialog" aria-label={label} style={{ width: 260, maxWidth: "calc(100vw - 64px)" }}>
            {children(close)}
          </div>
        }
      >
        <Tooltip title={open ? "" : label}>
          <Button ref={button} icon={icon} aria-label={label} aria-haspopup="dialog" aria-expanded={open} />
        </Tooltip>
      </Popover>
    </span>
  );
}
