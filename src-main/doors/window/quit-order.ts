/** What this file needs of Electron's `app`. */
export interface QuitPort {
  quit(): void;
  on(event: "before-quit", listener: (event: { preventDefault(): void }) => void): unknown;
  on(event: "window-all-closed", listener: () => void): unknown;
}

/** What this file needs of a `BrowserWindow`. */
export interface ClosablePort {
  isDestroyed(): boolean;
  close(): void;
}

/**
 * Quitting closes the window first: its page may have something to lose, and stay. With no window left the vault is locked, with
 * its last checkpoint, and only then does the process end. `lock` is called once.
 */
export function quitInOrder(
  shell: QuitPort,
  parts: {
    readonly window: () => ClosablePort | undefined;
    readonly lock: () => Promise<void>;
    readonly log: (line: string) => void;
  },
): void {
  let state: "open" | "locking" | "locked" = "open";
  shell.on("before-quit", (event) => {
    if (state === "locked") return;
    event.preventDefault();
    const window = parts.window();
    if (window !== undefined && !window.isDestroyed()) {
      window.close();
      return;
    }
    if (state === "locking") return;
    state = "locking";
    void parts
      .lock()
      .catch((error: unknown) => parts.log(`The vault was not locked cleanly: ${String(error)}`))
      .finally(() => {
        state = "locked";
        shell.quit();
      });
  });
  // On every system: a vault has no business staying open behind no window.
  shell.on("window-all-closed", () => shell.quit());
}
