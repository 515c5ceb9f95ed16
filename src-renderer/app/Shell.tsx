import { Alert, Layout } from "antd";
import { useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Outlet } from "react-router";
import { useBridge } from "./bridge-context.ts";
import { CommandSearch } from "./CommandSearch.tsx";
import { CrashBoundary } from "./CrashBoundary.tsx";
import { SideNav } from "./SideNav.tsx";
import { TopBar } from "./TopBar.tsx";
import { useKeepAlive } from "./use-keep-alive.ts";
import { useLock } from "./use-lock.ts";
import { useShortcuts } from "./use-shortcuts.ts";
import { useWindowStore } from "./window-store.ts";

/** Top bar, navigation, the page. The page scrolls, the frame stands. */
export function Shell() {
  const { t } = useTranslation();
  const content = useRef<HTMLElement>(null);
  const lock = useLock();
  const searchOpen = useWindowStore((state) => state.searchOpen);
  const setSearchOpen = useWindowStore((state) => state.setSearchOpen);
  useKeepAlive();
  useShortcuts(useMemo(() => ({ k: () => setSearchOpen(true), l: () => void lock() }), [lock, setSearchOpen]));
  return (
    <Layout style={{ height: "100%", overflow: "hidden" }}>
      <button type="button" className="skip-link" onClick={() => content.current?.focus()}>
        {t("app.skipToContent")}
      </button>
      <TopBar onLock={() => void lock()} />
      <BrowserBanner />
      <Layout hasSider style={{ minHeight: 0 }}>
        <SideNav />
        <Layout.Content ref={content} tabIndex={-1} style={{ overflow: "auto", minWidth: 0, height: "100%" }}>
          <CrashBoundary>
            <Outlet />
          </CrashBoundary>
        </Layout.Content>
      </Layout>
      {searchOpen && <CommandSearch onLock={() => void lock()} />}
    </Layout>
  );
}

function BrowserBanner() {
  const { t } = useTranslation();
  const { mode } = useBridge();
  const hidden = useWindowStore((state) => state.bannerHidden);
  const hide = useWindowStore((state) => state.hideBanner);
  if (mode !== "browser" || hidden) return null;
  return (
    <Alert
      type="warning"
      banner
      title={
        <>
          <strong>{t("app.browserMode.title")}</strong> {t("app.browserMode.text")}
        </>
      }
      closable={{ onClose: hide, "aria-label": t("app.browserMode.dismiss") }}
    />
  );
}
