import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import type { Server } from "#shared/models/server.ts";
import type { RowAction } from "../../components/RowMenu.tsx";
import type { OpenServerDialog, ServerAct } from "./ServerDialogs.tsx";
import { mayAllowPasswords } from "./server-state.ts";

/** What can be done with one server in its present state. */
export function useServerActions(
  openDialog: (dialog: OpenServerDialog) => void,
): (server: Server) => readonly RowAction[] {
  const { t } = useTranslation();
  return useCallback(
    (server) => {
      const action = (act: ServerAct, label: string, more: Partial<RowAction> = {}): RowAction => ({
        key: act,
        label,
        onClick: () => openDialog({ act, servers: [server] }),
        ...more,
      });
      const changed = server.reachability === "host-key-changed";
      const trust = server.hostKeys.length === 0 ? "pin" : changed ? "replace" : "check";
      const running = { disabled: server.runningTaskId !== undefined, why: t("servers.why.running") };
      return [
        action("bind", t("bind.action"), running),
        action("test", t("servers.test.title")),
        action("edit", t("servers.edit")),
        action("trust", t(`servers.hostKey.${trust}`)),
        action("allow-passwords", t("allowPasswords.action"), {
          danger: true,
          disabled: !mayAllowPasswords(server),
          why: running.disabled
            ? running.why
            : t(server.passwordLogin === "on" ? "servers.why.passwordsOn" : "servers.why.notBound"),
        }),
        action("remove", t("servers.remove"), { danger: true, ...running }),
      ];
    },
    [openDialog, t],
  );
}
