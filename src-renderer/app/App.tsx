import { LoadingOutlined } from "@ant-design/icons";
import { QueryClientProvider } from "@tanstack/react-query";
import { App as AntdApp, ConfigProvider } from "antd";
import enUS from "antd/locale/en_US";
import zhCN from "antd/locale/zh_CN";
import { useEffect, useMemo, useState } from "react";
import { RouterProvider } from "react-router/dom";
import { BridgeContext } from "./bridge-context.ts";
import { ConfirmIdentity } from "./ConfirmIdentity.tsx";
import { CrashBoundary } from "./CrashBoundary.tsx";
import { EnterPin } from "./EnterPin.tsx";
import { Gate } from "./Gate.tsx";
import { applyLanguage } from "./language.ts";
import { makeQueryClient } from "./query-client.ts";
import { makeRouter } from "./routes.tsx";
import { Starting } from "./Starting.tsx";
import { themeConfig, themeMode } from "./theme.ts";
import { useConnection } from "./use-connection.ts";
import { useWindowStore } from "./window-store.ts";

/**
 * antd's own icon leaves by an animation that has no end when a quick answer overtakes its coming: the button then stays named
 * “loading …” for whoever listens to it. This one comes and goes at once, and leaves the button its name.
 */
const BUSY = { loadingIcon: <LoadingOutlined aria-hidden aria-label={undefined} />, autoInsertSpace: false } as const;

/** A form that is sent with a mistake in it takes the officer to the first one. */
const TO_FIRST_ERROR = { scrollToFirstError: { focus: true, block: "nearest" } } as const;

const nonce = document.querySelector('meta[name="csp-nonce"]')?.getAttribute("content") ?? "";

/** Everything around the pages: theme, language, the bridge, the cache, the router. */
export function App() {
  const language = useWindowStore((state) => state.language);
  const choice = useWindowStore((state) => state.theme);
  const mode = themeMode(choice, useSystemPrefers("(prefers-color-scheme: dark)"));
  const still = useSystemPrefers("(prefers-reduced-motion: reduce)");
  const theme = useMemo(() => themeConfig(mode, still), [mode, still]);
  const [queries] = useState(makeQueryClient);
  const connection = useConnection(queries);
  useEffect(() => applyLanguage(language), [language]);
  useEffect(() => {
    document.documentElement.style.colorScheme = mode;
    document.body.style.background = theme.token?.colorBgLayout ?? "";
  }, [mode, theme]);
  return (
    <ConfigProvider
      theme={theme}
      locale={language === "zh" ? zhCN : enUS}
      csp={{ nonce }}
      button={BUSY}
      form={TO_FIRST_ERROR}
      modal={{ style: { top: 40 } }}
    >
      <AntdApp style={{ height: "100%" }} message={{ duration: 4 }}>
        <CrashBoundary>
          {connection.state === "open" ? (
            <BridgeContext.Provider value={connection.bridge}>
              <QueryClientProvider client={queries}>
                <ConfirmIdentity>
                  <Gate>
                    <EnterPin>
                      <Pages />
                    </EnterPin>
                  </Gate>
                </ConfirmIdentity>
              </QueryClientProvider>
            </BridgeContext.Provider>
          ) : (
            <Starting connection={connection} />
          )}
        </CrashBoundary>
      </AntdApp>
    </ConfigProvider>
  );
}

// The bridge reads its code out of the address first; the router must not see it, nor be made anew after each unlock.
let router: ReturnType<typeof makeRouter> | undefined;

function Pages() {
  router ??= makeRouter();
  return <RouterProvider router={router} />;
}

function useSystemPrefers(media: string): boolean {
  const query = useMemo(() => window.matchMedia(media), [media]);
  const [prefers, setPrefers] = useState(query.matches);
  useEffect(() => {
    const changed = () => setPrefers(query.matches);
    query.addEventListener("change", changed);
    return () => query.removeEventListener("change", changed);
  }, [query]);
  return prefers;
}
