import type { BrowserWindowConstructorOptions } from "electron";

/** In memory: no `persist:`, so cookies, caches and storage never reach the disk. */
export const CONSOLE_PARTITION = "keystead-console";

/** Every switch is written out, defaults included: a change of Electron's defaults must not change this window. */
export function windowOptions(facts: {
  readonly preload: string;
  readonly packaged: boolean;
}): BrowserWindowConstructorOptions {
  return {
    title: "Keystead",
    width: 1280,
    height: 860,
    minWidth: 800,
    minHeight: 600,
    show: false,
    autoHideMenuBar: true,
    webPreferences: {
      preload: facts.preload,
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
      // Spell checking fetches dictionaries and sees what is typed.
      spellcheck: false,
      safeDialogs: true,
      devTools: !facts.packaged,
    },
  };
}
