import { expect, it } from "vitest";
import { CONSOLE_PARTITION, windowOptions } from "#main/doors/window/window-options.ts";

it("G01 the window's page is sandboxed, isolated, without Node, web views, spell checking or anything on disk", () => {
  expect(windowOptions({ preload: "/x/preload.cjs", packaged: true }).webPreferences).toEqual({
    preload: "/x/preload.cjs",
    partition: CONSOLE_PARTITION,
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    webviewTag: false,
    webSecurity: true,
    allowRunningInsecureContent: false,
    experimentalFeatures: false,
    navigateOnDragDrop: false,
    spellcheck: false,
    safeDialogs: true,
    devTools: false,
  });
  expect(CONSOLE_PARTITION).not.toMatch(/^persist:/);
});

it("G01 developer tools exist in development only", () => {
  expect(windowOptions({ preload: "", packaged: false }).webPreferences?.devTools).toBe(true);
});
