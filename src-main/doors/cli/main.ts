import { readFileSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { Interruption } from "./interruption.ts";
import { askOnTerminal } from "./terminal.ts";
import { surviveLostReaders } from "./terminal-port.ts";

// Wiring only: one process, one command line. The exit status is set at the end, so that everything written is flushed.

const port = { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr, ask: askOnTerminal };
surviveLostReaders(port);
const interruption = new Interruption(port);
interruption.listen();

// Only now what takes time to load. Loading leaves no time to hear a signal: it is heard right after, before anything is done.
const { runCli } = await import("./run.ts");
const { createApp } = await import("#main/app.ts");
const { vaultFolder } = await import("#main/vault-folder.ts");
await setImmediate();

const status = await runCli(process.argv.slice(2), {
  port,
  version: (JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8")) as { version: string })
    .version,
  openApp: () => interruption.guard(() => createApp({ folder: vaultFolder(), door: "cli" })),
  logBug: (error) => console.error(error),
  interrupted: () => interruption.begun,
});
// While a signal is being answered, that answer ends the process.
if (!interruption.begun) process.exit(status);
