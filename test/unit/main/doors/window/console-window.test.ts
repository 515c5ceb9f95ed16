import type { BrowserWindow, BrowserWindowConstructorOptions } from "electron";
import { beforeEach, describe, expect, it } from "vitest";
import { openConsoleWindow, type WindowPort } from "#main/doors/window/console-window.ts";
import { openWindowDoor } from "#main/doors/window/ipc-door.ts";
import { RecordingApp } from "#test/support/recording-app.ts";

// Compiles only while the real one still fits.
const realWindowFits: BrowserWindow extends WindowPort ? true : never = true;

class FakeWindow implements WindowPort {
  readonly options: BrowserWindowConstructorOptions;
  readonly listeners = new Map<string, () => void>();
  readonly pageListeners = new Map<string, (event: { preventDefault(): void }, details: { reason: string }) => void>();
  reloads = 0;
  shown = 0;
  address = "";
  constructor(options: BrowserWindowConstructorOptions) {
    this.options = options;
  }
  readonly webContents = {
    id: 3,
    isDestroyed: () => false,
    send: () => undefined,
    reload: () => {
      this.reloads += 1;
    },
    on: (event: string, listener: (event: { preventDefault(): void }, details: { reason: string }) => void) => {
      this.pageListeners.set(event, listener);
    },
  };
  gone(_event: unknown, details: { reason: string }) {
    this.pageListeners.get("render-process-gone")?.({ preventDefault: () => undefined }, details);
  }
  /** Whether a page that wants to stay is let stay. */
  get stays(): boolean {
    let stays = true;
    const preventDefault = () => {
      stays = false;
    };
    this.pageListeners.get("will-prevent-unload")?.({ preventDefault }, { reason: "" });
    return stays;
  }
  async loadURL(address: string) {
    this.address = address;
  }
  show() {
    this.shown += 1;
  }
  once(event: string, listener: () => void) {
    this.listeners.set(event, listener);
  }
  on(event: string, listener: () => void) {
    this.listeners.set(event, listener);
  }
}

let app: RecordingApp;
let window: FakeWindow;

beforeEach(async () => {
  app = new RecordingApp();
  window = await openConsoleWindow({
    app,
    door: openWindowDoor(app, { handle: () => undefined }),
    preload: "/x/preload.cjs",
    packaged: true,
    log: () => undefined,
    make: (options) => new FakeWindow(options),
  });
});

describe("openConsoleWindow", () => {
  it("G01 fits Electron's own window", () => {
    expect(realWindowFits).toBe(true);
  });

  it("G01 loads our own page and shows it when it is drawn", () => {
    expect(window.address).toBe("keystead://console/");
    expect(window.shown).toBe(0);
    window.listeners.get("ready-to-show")?.();
    expect(window.shown).toBe(1);
  });

  it("G01 gives the page a new memory after a lock, and keeps it on other events", () => {
    app.tell({ type: "unlocked" });
    expect(window.reloads).toBe(0);
    app.tell({ type: "locked", reason: "idle" });
    expect(window.reloads).toBe(1);
  });

  it("G01 V01 lets a page stay that has something to lose, but not after a lock", () => {
    app.tell({ type: "unlocked" });
    expect(window.stays).toBe(true);
    app.tell({ type: "locked", reason: "idle" });
    expect(window.stays).toBe(false);
    app.tell({ type: "unlocked" });
    expect(window.stays).toBe(true);
  });

  it("G01 brings a crashed page back, but not for ever", () => {
    window.gone({}, { reason: "clean-exit" });
    expect(window.reloads).toBe(0);
    for (let crash = 0; crash < 10; crash++) window.gone({}, { reason: "crashed" });
    expect(window.reloads).toBeLessThanOrEqual(3);
    expect(window.reloads).toBeGreaterThan(0);
  });

  it("G01 a closed window leaves nothing behind", () => {
    window.listeners.get("closed")?.();
    expect(app.callers.size).toBe(0);
    expect(app.listening).toBe(0);
  });
});
