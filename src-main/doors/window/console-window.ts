import type { BrowserWindow, BrowserWindowConstructorOptions } from "electron";
import type { App } from "#main/dispatch/caller.ts";
import { WINDOW_ORIGIN } from "#shared/doors/window.ts";
import type { WindowDoor, WindowPagePort } from "./ipc-door.ts";
import { windowOptions } from "./window-options.ts";

/** What this file needs of a `BrowserWindow`. */
export interface WindowPort {
  readonly webContents: WindowPagePort & {
    reload(): void;
    on(event: "render-process-gone", listener: (event: unknown, details: { reason: string }) => void): unknown;
    on(event: "will-prevent-unload", listener: (event: { preventDefault(): void }) => void): unknown;
  };
  loadURL(address: string): Promise<void>;
  show(): void;
  once(event: "ready-to-show", listener: () => void): unknown;
  on(event: "closed", listener: () => void): unknown;
}

/** A page that dies this often within the life of a window is not brought back again. */
const MAX_REVIVALS = 3;

export interface ConsoleWindowParts<W extends WindowPort> {
  readonly app: App;
  readonly door: WindowDoor;
  readonly preload: string;
  readonly packaged: boolean;
  readonly make: (options: BrowserWindowConstructorOptions) => W;
  readonly log: (line: string) => void;
}

/** Opens the console's window and lets it in at the door; resolves when the page has been loaded. */
export async function openConsoleWindow<W extends WindowPort = BrowserWindow>(
  parts: ConsoleWindowParts<W>,
): Promise<W> {
  const window = parts.make(windowOptions(parts));
  const page = window.webContents;
  const caller = parts.door.admit(page);

  // What the page has shown is still in its memory: after a lock it starts anew, and the old memory is given back.
  let locked = false;
  const unsubscribe = parts.app.listen(caller, (event) => {
    if (event.type === "unlocked") locked = false;
    if (event.type !== "locked") return;
    locked = true;
    if (!page.isDestroyed()) page.reload();
  });
  // A page with something to lose stays, and asks whoever wanted to close it. What a lock takes is lost already.
  page.on("will-prevent-unload", (event) => {
    if (locked) event.preventDefault();
  });
  let revivals = 0;
  page.on("render-process-gone", (_event, { reason }) => {
    parts.log(`The console's page ended: ${reason}.`);
    revivals += 1;
    if (reason !== "clean-exit" && revivals <= MAX_REVIVALS && !page.isDestroyed()) page.reload();
  });
  window.once("ready-to-show", () => window.show());
  window.on("closed", () => {
    unsubscribe();
    parts.door.dismiss(page);
  });
  await window.loadURL(`${WINDOW_ORIGIN}/`);
  return window;
}
