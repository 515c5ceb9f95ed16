import { App } from "antd";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";

/** Copies a text that is no secret and says so. */
export function useCopy(): (text: string) => void {
  const { message } = App.useApp();
  const { t } = useTranslation();
  return useCallback(
    (text) => {
      navigator.clipboard.writeText(text).then(
        () => message.success(t("common.copied")),
        () => message.warning(t("common.copyRefused")),
      );
    },
    [message, t],
  );
}
