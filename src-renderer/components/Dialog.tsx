import { Drawer, type DrawerProps, Modal, type ModalProps } from "antd";
import { useEffect, useState } from "react";

/** antd's dialog as this console uses it: there while it is open, closed on purpose only, the focus given back. */
export function Dialog(props: ModalProps) {
  useFocusReturn();
  return <Modal open mask={{ closable: false }} destroyOnHidden {...props} />;
}

/** The same from the side, for longer forms and lists. */
export function SidePanel(props: DrawerProps) {
  useFocusReturn();
  return <Drawer open mask={{ closable: false }} destroyOnHidden {...props} />;
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
