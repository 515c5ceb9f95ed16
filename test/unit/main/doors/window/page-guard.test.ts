import type { WebContents } from "electron";
import { describe, expect, it } from "vitest";
import { guardPage, type PagePort } from "#main/doors/window/page-guard.ts";

class FakePage implements PagePort {
  open: (() => { action: "deny" }) | undefined;
  closedTools = 0;
  // biome-ignore lint/suspicious/noExplicitAny: one map for listeners of several shapes
  readonly listeners = new Map<string, (event: any) => void>();
  setWindowOpenHandler(handler: () => { action: "deny" }) {
    this.open = handler;
  }
  // biome-ignore lint/suspicious/noExplicitAny: as above
  on(event: string, listener: (event: any) => void) {
    this.listeners.set(event, listener);
  }
  closeDevTools() {
    this.closedTools += 1;
  }
  /** Whether the page prevents `event` to `url`. */
  prevents(event: string, url = ""): boolean {
    let prevented = false;
    this.listeners.get(event)?.({ url, preventDefault: () => (prevented = true) });
    return prevented;
  }
}

// Compiles only while real web contents still have what the port asks for.
const realPageFits: WebContents extends PagePort ? true : never = true;

function guarded(packaged = true): FakePage {
  const page = new FakePage();
  guardPage(page, { packaged });
  return page;
}

describe("guardPage", () => {
  it("G01 fits Electron's own web contents", () => {
    expect(realPageFits).toBe(true);
  });

  it("G01 opens no second window", () => {
    expect(guarded().open?.()).toEqual({ action: "deny" });
  });

  it.each(["will-navigate", "will-frame-navigate", "will-redirect"])(
    "G01 %s leads nowhere but to our own page",
    (event) => {
      const page = guarded();
      for (const url of [
        "https://evil.example/",
        "file:///etc/passwd",
        "keystead://console.evil/",
        "keystead://evil/console",
        "javascript:1",
        "about:blank",
      ]) {
        expect(page.prevents(event, url), url).toBe(true);
      }
      expect(page.prevents(event, "keystead://console/#/servers")).toBe(false);
    },
  );

  it("G01 attaches no web view", () => {
    expect(guarded().prevents("will-attach-webview")).toBe(true);
  });

  it("G01 closes developer tools in the packaged program, leaves them in development", () => {
    for (const packaged of [true, false]) {
      const page = guarded(packaged);
      page.prevents("devtools-opened");
      expect(page.closedTools).toBe(packaged ? 1 : 0);
    }
  });
});
