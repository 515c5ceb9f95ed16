import { existsSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { CliBench, finished } from "#test/support/cli.ts";

// Signals from the first moment on. Node listens to SIGINT and SIGTERM for its own ends: that it listens to SIGHUP as well
// shows that the command line does.

let bench: CliBench;
beforeAll(() => {
  bench = new CliBench();
});
afterAll(() => bench[Symbol.dispose]());

const CREATE = ["vault", "create", "--name", "Bureau", "--user-name", "officer", "--password-file"];

const caughtBy = (pid: number) =>
  BigInt(`0x${/SigCgt:\s*(\w+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]}`);

/** Starts a command line; goes on as soon as it hears signals. */
async function heard(args: readonly string[]) {
  const child = bench.start(args);
  const done = finished(child);
  const pid = child.pid ?? Number.NaN;
  while ((caughtBy(pid) & 1n) === 0n) await sleep(1);
  const programLoaded = readFileSync(`/proc/${pid}/maps`, "utf8").includes("argon2");
  return { child, done, programLoaded };
}

it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
  "G03 answers %s in JSON before its program is loaded, and does nothing",
  async (signal) => {
    // A busy machine may load everything between two looks of ours: once seen is enough.
    let early = false;
    for (let i = 0; i < 5 && !early; i++) {
      const { child, done, programLoaded } = await heard([...CREATE, bench.passwordFile]);
      child.kill(signal);
      const run = await done;
      if (programLoaded) continue;
      early = true;
      expect(run).toMatchObject({
        status: 128 + constants.signals[signal],
        stdout: "",
        error: { code: "request/interrupted", remedy: "retry" },
      });
      expect(run.stderr.trim().split("\n")).toHaveLength(1);
      expect(existsSync(bench.home)).toBe(false);
    }
    expect(early).toBe(true);
  },
);

it("G03 answers a signal in JSON whenever it comes, also while parameters are waited for", async () => {
  for (let late = 0; late <= 500; late += 50) {
    const { child, done } = await heard(["keypairs", "list", "-"]);
    await sleep(late);
    child.kill("SIGTERM");
    expect(await done, `${late} ms`).toMatchObject({ status: 143, error: { code: "request/interrupted" } });
  }
});
