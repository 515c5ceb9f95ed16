import { Grid, Layout, Menu, theme } from "antd";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "react-router";
import { PAGE_ICON, PAGE_PATH, PAGES, pageOf } from "./pages.tsx";
import { useWindowStore } from "./window-store.ts";

/** Left navigation; narrow windows keep the icons. A list's link leads back to its last filter. */
export function SideNav() {
  const { t } = useTranslation();
  const { token } = theme.useToken();
  const { pathname } = useLocation();
  const lastFilter = useWindowStore((state) => state.lastFilter);
  const wide = Grid.useBreakpoint().lg ?? true;
  return (
    <Layout.Sider
      width={184}
      collapsedWidth={48}
      collapsed={!wide}
      trigger={null}
      style={{ borderInlineEnd: `1px solid ${token.colorBorderSecondary}`, height: "100%", overflow: "auto" }}
    >
      <nav aria-label={t("nav.label")}>
        <Menu
          mode="inline"
          inlineCollapsed={!wide}
          selectedKeys={[pageOf(pathname)]}
          style={{ borderInlineEnd: "none", paddingTop: 8 }}
          items={PAGES.map((page) => {
            const path = PAGE_PATH[page];
            const query = lastFilter[path];
            return {
              key: page,
              icon: PAGE_ICON[page],
              title: t(`nav.${page}`),
              label: (
                <Link
                  to={query ? `${path}?${query}` : path}
                  aria-current={pageOf(pathname) === page ? "page" : undefined}
                >
                  {t(`nav.${page}`)}
                </Link>
              ),
            };
          })}
        />
      </nav>
    </Layout.Sider>
  );
}
