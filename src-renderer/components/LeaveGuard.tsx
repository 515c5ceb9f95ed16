import { useTranslation } from "react-i18next";
import { type BlockerFunction, useBlocker } from "react-router";
import { EndDialog } from "./EndDialog.tsx";
import { useUnloadGuard } from "./use-unload-guard.ts";

interface LeaveGuardProps {
  readonly title: string;
  /** What is lost by leaving. */
  readonly text: string;
  readonly okText: string;
}

/** While it is there, leaving the page is asked about first, and so is closing it. */
export function LeaveGuard(props: LeaveGuardProps) {
  const { t } = useTranslation();
  const blocker = useBlocker(leavesPage);
  const closing = useUnloadGuard();
  if (blocker.state === "blocked")
    return <EndDialog {...props} stayText={t("danger.stay")} onStay={blocker.reset} onEnd={blocker.proceed} />;
  if (closing.asked)
    return <EndDialog {...props} stayText={t("danger.stay")} onStay={closing.stay} onEnd={closing.close} />;
  return null;
}

const leavesPage: BlockerFunction = ({ currentLocation, nextLocation }) =>
  currentLocation.pathname !== nextLocation.pathname;
