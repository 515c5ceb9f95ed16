import type { App } from "electron";
import { expect, it } from "vitest";
import { menuTemplate } from "#main/doors/window/menu.ts";
import { refuseStart, type StartPort } from "#main/doors/window/start-checks.ts";

// Compiles only while the real one still fits.
const realAppFits: App extends StartPort ? true : never = true;

const port = (change: Partial<{ packaged: boolean; switches: string[]; first: boolean }>): StartPort => ({
  isPackaged: change.packaged ?? true,
  commandLine: { hasSwitch: (name) => change.switches?.includes(name) ?? false },
  requestSingleInstanceLock: () => change.first ?? true,
});

it("G01 starts plainly", () => {
  expect(realAppFits).toBe(true);
  expect(refuseStart(port({}))).toBeUndefined();
});

it.each([
  "remote-debugging-port",
  "remote-debugging-pipe",
  "inspect",
  "inspect-brk",
  "js-flags",
  "disable-web-security",
  "no-sandbox",
  "load-extension",
])("G01 does not start packaged with --%s, and does in development", (name) => {
  expect(refuseStart(port({ switches: [name] }))).toContain(`--${name}`);
  expect(refuseStart(port({ switches: [name], packaged: false }))).toBeUndefined();
});

it("G01 does not start twice", () => {
  expect(refuseStart(port({ first: false }))).toContain("already running");
});

it("G01 the packaged menu has neither reload nor developer tools, on any system", () => {
  for (const platform of ["linux", "darwin", "win32"] as const) {
    const text = JSON.stringify(menuTemplate({ platform, packaged: true }));
    expect(text).not.toMatch(/reload|devtools/i);
    expect(text).toContain("paste");
    expect(text).toContain("quit");
  }
  expect(JSON.stringify(menuTemplate({ platform: "linux", packaged: false }))).toContain("toggleDevTools");
});
