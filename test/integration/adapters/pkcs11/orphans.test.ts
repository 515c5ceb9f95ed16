import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { type SoftHsm, softHsmUnavailable, startSoftHsm } from "#test/support/tokens/softhsm.ts";

const unavailable = softHsmUnavailable() !== undefined || process.platform !== "linux";

/** Processes whose parent is `pid`. */
async function childrenOf(pid: number): Promise<readonly number[]> {
  const found: number[] = [];
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const status = await readFile(`/proc/${name}/status`, "utf8").catch(() => "");
    if (new RegExp(`^PPid:\\t${pid}$`, "m").test(status)) found.push(Number(name));
  }
  return found;
}

it.skipIf(unavailable)("H01 C1 leaves no token process behind when Keystead itself is killed", async () => {
  const hsm: SoftHsm = await startSoftHsm();
  const keystead = fork(join(import.meta.dirname, "open-and-wait-script.ts"), [hsm.module], {
    env: { ...process.env, ...hsm.env },
    execArgv: [],
  });
  await once(keystead, "message");
  const [worker = 0] = await childrenOf(keystead.pid ?? 0);
  expect(existsSync(`/proc/${worker}`)).toBe(true);
  keystead.kill("SIGKILL");
  await once(keystead, "exit");
  for (let left = 50; left > 0 && existsSync(`/proc/${worker}`); left -= 1) await sleep(50);
  expect(existsSync(`/proc/${worker}`)).toBe(false);
  await hsm.dispose();
});
