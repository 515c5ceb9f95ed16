import { Drawer, type DrawerProps, Modal, type ModalProps } from "antd";
import { type RefObject, useEffect, useRef, useState } from "react";
import { takeFirstFocus } from "./first-focus.ts";

interface DialogProps extends ModalProps {
  /** Whether what is to be filled in is there already; the first focus waits for it. */
  readonly ready?: boolean;
}

/** What a dialog says scrolls between its title and its buttons, so that these are in sight however low the window is. */
const IN_SIGHT = {
  style: { top: "min(100px, 6vh)" },
  styles: {
    container: { maxHeight: "calc(94vh - 24px)", display: "flex", flexDirection: "column" },
    // A long title ends before the cross.
    header: { paddingInlineEnd: 20 },
    // The padding keeps the rings of focused fields from being cut at the edges.
    body: { overflowY: "auto", minHeight: 0, paddingInline: 4, marginInline: -4, paddingBlockEnd: 4 },
  },
} as const satisfies ModalProps;

/** antd's dialog as this console uses it: there while it is open, closed on purpose only, the focus set and given back. */
export function Dialog({ ready = true, afterOpenChange, children, ...props }: DialogProps) {
  useFocusReturn();
  const body = useRef<HTMLDivElement>(null);
  const [opened, setOpened] = useState(false);
  // Whichever is later, the dialog or what there is to fill in.
  useEffect(() => {
    if (opened && ready && body.current) takeFirstFocus(body.current);
  }, [opened, ready]);
  useFocusKept(body, opened);
  return (
    <Modal
      open
      mask={{ closable: false }}
      destroyOnHidden
      {...IN_SIGHT}
      afterOpenChange={(open) => {
        afterOpenChange?.(open);
        setOpened(open);
      }}
      {...props}
    >
      <div ref={body}>{children}</div>
    </Modal>
  );
}

/** The same from the side, for longer forms and lists. */
export function SidePanel({ afterOpenChange, children, ...props }: DrawerProps) {
  useFocusReturn();
  const body = useRef<HTMLDivElement>(null);
  const [opened, setOpened] = useState(false);
  useFocusKept(body, opened);
  return (
    <Drawer
      open
      mask={{ closable: false }}
      destroyOnHidden
      afterOpenChange={(open) => {
        afterOpenChange?.(open);
        setOpened(open);
      }}
      {...props}
    >
      <div ref={body}>{children}</div>
    </Drawer>
  );
}

/**
 * A step that gives way to the next takes the focus with it. The dialog that is uppermost puts it on what stands there now,
 * or on itself: left on the page behind, the keyboard would work there.
 */
function useFocusKept(body: RefObject<HTMLElement | null>, opened: boolean): void {
  useEffect(() => {
    const content = body.current;
    if (!opened || !content) return;
    const observer = new MutationObserver(() => {
      if (document.activeElement !== null && document.activeElement !== document.body) return;
      const shown = [...document.querySelectorAll<HTMLElement>("[role=dialog]")].filter((one) => one.checkVisibility());
      const uppermost = shown.at(-1);
      if (!uppermost?.contains(content)) return;
      takeFirstFocus(content);
      if (!uppermost.contains(document.activeElement)) uppermost.focus({ preventScroll: true });
    });
    observer.observe(content, { childList: true, subtree: true });
    return () => observer.disconnect();
  }, [body, opened]);
}

/**
 * Whoever opened the dialog gets the focus back when it goes. antd does so only for dialogs that stay mounted; these do not,
 * so that nothing typed into them outlives them. An opener that went meanwhile (“Log in” once logged in) leaves it to the
 * page's heading, where a person goes on.
 */
function useFocusReturn(): void {
  const [opener] = useState(() => document.activeElement);
  useEffect(
    () => () => {
      setTimeout(() => {
        const lost = document.activeElement === null || document.activeElement === document.body;
        if (!lost) return;
        const place = opener?.isConnected ? opener : document.querySelector("main h1");
        if (place instanceof HTMLElement) place.focus({ preventScroll: true });
      });
    },
    [opener],
  );
}
