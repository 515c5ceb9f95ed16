import { join } from "node:path";
import { BrowserWindow, ipcMain, Menu, powerMonitor, protocol, session, app as shell, utilityProcess } from "electron";
import { createTokenModules } from "./adapters/pkcs11/create-token-modules.ts";
import { moduleEnvironment } from "./adapters/pkcs11/node-process.ts";
import { createApp } from "./app.ts";
import { systemClock } from "./clock.ts";
import { loadConsoleFiles } from "./doors/console-files.ts";
import { lockWhenAway } from "./doors/window/away-lock.ts";
import { answerConsoleRequest, CONSOLE_SCHEME } from "./doors/window/console-protocol.ts";
import { openConsoleWindow } from "./doors/window/console-window.ts";
import { openWindowDoor } from "./doors/window/ipc-door.ts";
import { menuTemplate } from "./doors/window/menu.ts";
import { guardPage } from "./doors/window/page-guard.ts";
import { quitInOrder } from "./doors/window/quit-order.ts";
import { guardSession } from "./doors/window/session-guard.ts";
import { refuseStart } from "./doors/window/start-checks.ts";
import { utilityProcessStarter } from "./doors/window/utility-process.ts";
import { CONSOLE_PARTITION } from "./doors/window/window-options.ts";
import { vaultFolder } from "./vault-folder.ts";

// Wiring only: every rule is in doors/window, where it is tested without Electron. There is deliberately no crash reporter:
// its dumps would hold the open vault's memory.
const log = (line: string) => console.error(line);
const packaged = shell.isPackaged;

const refusal = refuseStart(shell);
if (refusal !== undefined) {
  log(refusal);
  shell.exit(1);
} else {
  shell.enableSandbox();
  protocol.registerSchemesAsPrivileged([CONSOLE_SCHEME]);
  shell.on("web-contents-created", (_event, page) => guardPage(page, { packaged }));
  // Not awaited: Electron does not become ready before this module has been evaluated to its end.
  shell
    .whenReady()
    .then(start)
    .catch((error: unknown) => {
      log(`Keystead could not start: ${error instanceof Error ? error.message : String(error)}`);
      shell.exit(1);
    });
}

async function start(): Promise<void> {
  const ownSession = session.fromPartition(CONSOLE_PARTITION, { cache: false });
  const files = await loadConsoleFiles(join(import.meta.dirname, "../renderer"));
  guardSession(ownSession);
  // Handlers of the default session would not reach the window's partition.
  ownSession.protocol.handle(CONSOLE_SCHEME.scheme, (request) => answerConsoleRequest(files, request));
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate({ platform: process.platform, packaged })));

  const startProcess = utilityProcessStarter({
    fork: (modulePath, args, options) => utilityProcess.fork(modulePath, args, options),
    worker: join(import.meta.dirname, "token-process.js"),
    environment: () => moduleEnvironment(process.env),
    kill: (pid, signal) => process.kill(pid, signal),
  });
  const tokenModules = () => createTokenModules({ startProcess });
  const app = createApp({ folder: vaultFolder(), door: "window" }, { tokenModules });
  const door = openWindowDoor(app, ipcMain);
  lockWhenAway(app, powerMonitor, systemClock, log);

  quitInOrder(shell, { window: () => BrowserWindow.getAllWindows()[0], lock: () => app.close("closing"), log });

  const window = await openConsoleWindow({
    app,
    door,
    packaged,
    log,
    preload: join(import.meta.dirname, "../preload/preload.cjs"),
    make: (options) => new BrowserWindow(options),
  });
  // What the second instance was started with is not looked at: its order and content are not guaranteed.
  shell.on("second-instance", () => {
    if (window.isDestroyed()) return;
    if (window.isMinimized()) window.restore();
    window.focus();
  });
}
