import { Button, Flex, Typography, theme } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

interface BatchBarProps {
  readonly count: number;
  readonly onClear: () => void;
  readonly children: ReactNode;
}

/** How many rows are selected and what can be done with them; not there when none are. */
export function BatchBar({ count, onClear, children }: BatchBarProps) {
  const { t } = useTranslation();
  const { token } = theme.useToken();
  if (count === 0) return null;
  return (
    <Flex
      gap={8}
      align="center"
      wrap
      role="toolbar"
      aria-label={t("common.selected", { count })}
      style={{ padding: "6px 10px", background: token.colorPrimaryBg, borderRadius: token.borderRadius }}
    >
      <Typography.Text strong>{t("common.selected", { count })}</Typography.Text>
      {children}
      <Button type="text" onClick={onClear} style={{ marginInlineStart: "auto" }}>
        {t("common.clearSelection")}
      </Button>
    </Flex>
  );
}
