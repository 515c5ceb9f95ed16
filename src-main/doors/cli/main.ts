import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { createApp } from "#main/app.ts";
import type { App } from "#main/dispatch/caller.ts";
import { vaultFolder } from "#main/vault-folder.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { runCli } from "./run.ts";
import { askOnTerminal } from "./terminal.ts";
import { printError, surviveLostReaders } from "./terminal-port.ts";

// Wiring only: one process, one command line. The exit status is set at the end, so that everything written is flushed.

/** 128 and the signal's number, as shells have it. */
const signalled = (signal: "SIGINT" | "SIGTERM" | "SIGHUP") => 128 + constants.signals[signal];

const port = { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr, ask: askOnTerminal };
surviveLostReaders(port);
let app: App | undefined;
let interrupted = false;

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    // A second signal means now: the operating system drops the vault's lock, and the next unlock names what was cut off.
    if (interrupted || app === undefined) process.exit(signalled(signal));
    interrupted = true;
    void leave(app, signalled(signal));
  });
}

/** Lets a task reach its next safe point and names it interrupted, then locks. */
async function leave(open: App, status: number): Promise<never> {
  const error = new KeysteadError(
    "request/interrupted",
    "Interrupted. The vault is locked; a task that was running is paused: see “keystead tasks list”.",
  );
  await open.close("closing");
  await printError(port, error.toJSON());
  process.exit(status);
}

const status = await runCli(process.argv.slice(2), {
  port,
  version: (JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8")) as { version: string })
    .version,
  openApp: () => {
    app = createApp({ folder: vaultFolder(), door: "cli" });
    return app;
  },
  logBug: (error) => console.error(error),
  interrupted: () => interrupted,
});
// While a signal is being answered, that answer ends the process.
if (!interrupted) process.exit(status);
