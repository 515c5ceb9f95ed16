import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createApp } from "#main/app.ts";
import { randomBytes } from "#main/crypto/random.ts";
import type { App } from "#main/dispatch/caller.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { type Fleet, fleetUnavailable, startFleet } from "#test/support/fleet/fleet.ts";
import { mainJob, type Place } from "./demo-job.ts";
import { Officer, step, stepNumber } from "./demo-steps.ts";

// The whole main job by itself: two throw-away servers, each with its own real sshd, and a throw-away vault. Everything goes
// through the contract, as it does from the window; a second program, the OpenSSH client, looks at the outcome from outside.

const { values: options } = parseArgs({ options: { exit: { type: "boolean" }, "no-open": { type: "boolean" } } });
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** What a signal does. The servers die with this process by themselves; the folder does not. */
let onSignal: (signal: (typeof SIGNALS)[number], folder: string) => void = (signal, folder) => {
  rmSync(folder, { recursive: true, force: true });
  process.exit(128 + constants.signals[signal]);
};

/** The console on the result, as scripts/start opens it; resolves when it has been closed. */
function openConsole({ home, password }: Place): Promise<void> {
  console.log(`\nThe console opens on this vault. Its password: ${password}`);
  console.log(
    "The servers stay up until the console is closed (Ctrl-C here); then they and the vault are thrown away.\n",
  );
  const args = ["--home", home, ...(options["no-open"] ? ["--no-open"] : [])];
  const child = spawn(join(import.meta.dirname, "start"), args, { stdio: "inherit" });
  onSignal = (signal) => {
    // The console closes the vault first. A terminal sends Ctrl-C to it as well: a second one would cut that short.
    if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
  };
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", () => resolve());
  });
}

/** Gives the exit status. */
async function demonstrate(): Promise<number> {
  const reason = fleetUnavailable();
  if (reason !== undefined) {
    console.error(`The demonstration needs two real servers of its own, and they cannot run here: ${reason}.`);
    console.error("On Linux, run it as root where namespaces are allowed. Nothing was done.");
    return 1;
  }
  const folder = mkdtempSync(join(tmpdir(), "keystead-demo-"));
  const place = { folder, home: join(folder, "vault"), password: randomBytes(12).toString("base64url") };
  for (const signal of SIGNALS) process.on(signal, () => onSignal(signal, folder));
  const started = performance.now();
  let app: App | undefined;
  let fleet: Fleet | undefined;
  try {
    fleet = await step("Start two throw-away servers", async (prove) => {
      const up = await startFleet(2);
      for (const machine of up.machines)
        prove(
          `${machine.name}: sshd on ${machine.host}:${machine.port}, password login on, its own host keys and users.`,
        );
      return up;
    });
    // The addresses come again with other keys at each demonstration: what ssh remembers of an earlier one is no warning.
    app = createApp({ folder: place.home, door: "cli" }, { knownHostsFiles: [] });
    await mainJob(fleet, new Officer(app), place);
    await app.close("closing");
    console.log(`\nEvery step was proved, in ${((performance.now() - started) / 1000).toFixed(1)} s.`);
    if (options.exit !== true) await openConsole(place);
    return 0;
  } catch (error) {
    const why = error instanceof KeysteadError ? `${error.message} (${error.code})` : String(error);
    console.error(`      ✗ ${why}\n\nThe demonstration ended at step ${stepNumber()}: not every step was proved.`);
    return 1;
  } finally {
    await app?.close("closing");
    await fleet?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

process.exitCode = await demonstrate();
