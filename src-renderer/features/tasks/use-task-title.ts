import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import type { Task } from "#shared/models/task.ts";

/** A task's title in the console's language. Main keeps it in English, with the names of the day. */
export function useTaskTitle(): (task: Task) => string {
  const { t, i18n } = useTranslation();
  return useCallback(
    ({ kind, title, serverName: server, keypairName: keypair }) => {
      if (i18n.language === "en" || server === undefined) return title;
      if (kind === "allow-password-login") return t("tasks.titles.allow", { server });
      return keypair === undefined ? title : t("tasks.titles.bind", { server, keypair });
    },
    [t, i18n.language],
  );
}
