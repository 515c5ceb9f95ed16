import { Flex, Typography, theme } from "antd";
import { type ReactNode, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "react-router";

interface PageProps {
  readonly title: string;
  /** State badge and id beside the title. */
  readonly beside?: ReactNode;
  readonly actions?: ReactNode;
  /** The page fills the window and its list scrolls, instead of the page. */
  readonly fill?: boolean;
  readonly children: ReactNode;
}

/** Every page: a heading that takes the focus when the page changes, its actions, its content. */
export function Page({ title, beside, actions, fill = false, children }: PageProps) {
  const { t } = useTranslation();
  const { token } = theme.useToken();
  const heading = useRef<HTMLHeadingElement>(null);
  const { pathname } = useLocation();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the focus moves when the address changes, not the title
  useEffect(() => {
    heading.current?.focus({ preventScroll: true });
    // The room is the same for all pages: one that was scrolled must not leave the next one scrolled.
    heading.current?.closest("main")?.scrollTo(0, 0);
  }, [pathname]);
  useEffect(() => {
    document.title = `${title} · ${t("app.name")}`;
  }, [title, t]);
  return (
    <Flex vertical gap={12} style={{ padding: 16, minHeight: 0, ...(fill ? { height: "100%" } : {}) }}>
      <Flex gap={12} align="center" justify="space-between" wrap style={{ minHeight: token.controlHeight }}>
        <Flex gap={12} align="center" wrap style={{ minWidth: 0 }}>
          <Typography.Title level={1} ref={heading} tabIndex={-1} style={{ margin: 0 }}>
            {title}
          </Typography.Title>
          {beside}
        </Flex>
        {actions && (
          <Flex gap={8} align="center" wrap>
            {actions}
          </Flex>
        )}
      </Flex>
      {children}
    </Flex>
  );
}
