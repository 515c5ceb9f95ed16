import { isConsoleAddress } from "./console-origin.ts";

interface Preventable {
  preventDefault(): void;
}

interface Navigation extends Preventable {
  readonly url: string;
}

/** What this file needs of an Electron `WebContents`. */
export interface PagePort {
  setWindowOpenHandler(handler: () => { action: "deny" }): void;
  on(event: "will-navigate", listener: (details: Navigation) => void): unknown;
  on(event: "will-frame-navigate", listener: (details: Navigation) => void): unknown;
  on(event: "will-redirect", listener: (details: Navigation) => void): unknown;
  on(event: "will-attach-webview", listener: (event: Preventable) => void): unknown;
  on(event: "devtools-opened", listener: () => void): unknown;
  closeDevTools(): void;
}

/**
 * Keeps a page where it is. For every web contents of the process, through `web-contents-created`, not only for the window we
 * know of. No link leads out of the console, so nothing is ever opened elsewhere either.
 */
export function guardPage(page: PagePort, facts: { readonly packaged: boolean }): void {
  const stay = (details: Navigation) => {
    if (!isConsoleAddress(details.url)) details.preventDefault();
  };
  page.setWindowOpenHandler(() => ({ action: "deny" }));
  page.on("will-navigate", stay);
  page.on("will-frame-navigate", stay);
  page.on("will-redirect", stay);
  page.on("will-attach-webview", (event) => event.preventDefault());
  page.on("devtools-opened", () => {
    if (facts.packaged) page.closeDevTools();
  });
}
