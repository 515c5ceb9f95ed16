import type { App, BrowserWindow } from "electron";
import { expect, it } from "vitest";
import { type ClosablePort, type QuitPort, quitInOrder } from "#main/doors/window/quit-order.ts";

// Compile only while the real ones still fit.
const realShellFits: App extends QuitPort ? true : never = true;
const realWindowFits: BrowserWindow extends ClosablePort ? true : never = true;

/** Electron's part: quitting asks `before-quit`, and the last window's end is told. */
class FakeShell implements QuitPort {
  ended = false;
  readonly locked = Promise.withResolvers<void>();
  readonly lines: string[] = [];
  locks = 0;
  pageStays = false;
  window: { destroyed: boolean } | undefined = { destroyed: false };
  readonly #listeners = new Map<string, (event: { preventDefault(): void }) => void>();

  constructor() {
    quitInOrder(this, {
      window: () =>
        this.window && { isDestroyed: () => this.window?.destroyed === true, close: () => this.closeWindow() },
      lock: () => {
        this.locks += 1;
        return this.locked.promise;
      },
      log: (line) => this.lines.push(line),
    });
  }

  on(event: string, listener: (event: { preventDefault(): void }) => void) {
    this.#listeners.set(event, listener);
  }

  quit() {
    let prevented = false;
    const preventDefault = () => {
      prevented = true;
    };
    this.#listeners.get("before-quit")?.({ preventDefault });
    this.ended ||= !prevented;
  }

  closeWindow() {
    if (this.pageStays || this.window === undefined) return;
    this.window.destroyed = true;
    this.#listeners.get("window-all-closed")?.({ preventDefault: () => undefined });
  }
}

it("G01 fits Electron's own", () => {
  expect([realShellFits, realWindowFits]).toEqual([true, true]);
});

it.each(["quit", "closeWindow"] as const)("G01 V01 ends at %s only once the vault is locked", async (way) => {
  const shell = new FakeShell();
  shell[way]();
  expect(shell).toMatchObject({ window: { destroyed: true }, locks: 1, ended: false });
  shell.quit();
  expect(shell).toMatchObject({ locks: 1, ended: false });
  shell.locked.resolve();
  await shell.locked.promise;
  await new Promise((resolve) => setImmediate(resolve));
  expect(shell).toMatchObject({ locks: 1, ended: true });
});

it("G01 V01 ends although the vault could not be locked cleanly", async () => {
  const shell = new FakeShell();
  shell.quit();
  shell.locked.reject(new Error("disk full"));
  await new Promise((resolve) => setImmediate(resolve));
  expect(shell.ended).toBe(true);
  expect(shell.lines).toEqual([expect.stringContaining("disk full")]);
});

it("G01 H09 takes nothing from a page that has something to lose: neither window nor vault", () => {
  const shell = new FakeShell();
  shell.pageStays = true;
  shell.quit();
  expect(shell).toMatchObject({ window: { destroyed: false }, locks: 0, ended: false });
  shell.pageStays = false;
  shell.quit();
  expect(shell).toMatchObject({ window: { destroyed: true }, locks: 1 });
});

it("G01 ends before there is a window", () => {
  const shell = new FakeShell();
  shell.window = undefined;
  shell.quit();
  expect(shell.locks).toBe(1);
});
