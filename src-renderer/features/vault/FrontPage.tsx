import { Card, Flex, Typography } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { LookControls } from "../settings/LookControls.tsx";

/** The page before the vault is open: one card in the middle, language and theme within reach. */
export function FrontPage({
  title,
  width,
  children,
}: {
  readonly title: string;
  readonly width: number;
  readonly children: ReactNode;
}) {
  const { t } = useTranslation();
  return (
    <Flex
      component="main"
      vertical
      align="center"
      gap={16}
      style={{ minHeight: "100%", padding: "6vh 16px 24px", boxSizing: "border-box" }}
    >
      <Flex vertical align="center">
        <Typography.Text strong style={{ fontSize: 20, letterSpacing: 0.3 }}>
          {t("app.name")}
        </Typography.Text>
        <Typography.Text type="secondary">{t("app.tagline")}</Typography.Text>
      </Flex>
      <Card style={{ width: "100%", maxWidth: width }}>
        <Typography.Title level={1} style={{ marginTop: 0 }}>
          {title}
        </Typography.Title>
        {children}
      </Card>
      <LookControls />
    </Flex>
  );
}
