import { Alert, Button } from "antd";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { type BlockerFunction, useBlocker } from "react-router";
import { useBridge } from "../app/bridge-context.ts";
import { Dialog } from "./Dialog.tsx";

interface LeaveGuardProps {
  readonly title: string;
  /** What is lost by leaving. */
  readonly text: string;
  readonly okText: string;
}

/** While it is there, leaving the page is asked about first. The safe button has the focus. */
export function LeaveGuard({ title, text, okText }: LeaveGuardProps) {
  const { t } = useTranslation();
  const blocker = useBlocker(leavesPage);
  useTabGuard();
  if (blocker.state !== "blocked") return null;
  return (
    <Dialog
      title={title}
      onCancel={blocker.reset}
      footer={[
        <Button key="stay" type="primary" autoFocus onClick={blocker.reset}>
          {t("danger.stay")}
        </Button>,
        <Button key="leave" danger onClick={blocker.proceed}>
          {okText}
        </Button>,
      ]}
    >
      <Alert type="warning" showIcon title={text} />
    </Dialog>
  );
}

const leavesPage: BlockerFunction = ({ currentLocation, nextLocation }) =>
  currentLocation.pathname !== nextLocation.pathname;

/**
 * The browser asks in its own words before the tab is closed or loaded anew. Not in Keystead's own window: there a page that
 * wants to stay is kept without a question, and main must be able to load it anew when the vault is locked (V01).
 */
function useTabGuard(): void {
  const inBrowser = useBridge().mode === "browser";
  useEffect(() => {
    if (!inBrowser) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [inBrowser]);
}
