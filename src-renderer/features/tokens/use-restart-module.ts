import { App } from "antd";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { useClient } from "../../app/bridge-context.ts";
import { useAction } from "../../app/use-action.ts";

/** Ends a library's process and starts it again, which is also how some libraries find new readers (C28). */
export function useRestartModule() {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const client = useClient();
  const restart = useAction(client.tokens.restartModule, ["tokens"]);
  const { run: act } = restart;
  const run = useCallback(
    async (id: string) => {
      const module = await act({ id });
      if (module) message.success(t("tokens.modules.restarted", { name: module.name }));
    },
    [act, message, t],
  );
  return { run, pending: restart.pending, error: restart.error };
}
