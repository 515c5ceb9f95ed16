import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { createApp } from "#main/app.ts";
import type { Task } from "#shared/models/task.ts";
import { fleetUnavailable, type Machine, startFleet } from "#test/support/fleet/fleet.ts";
import { type Bench, type Line, line, median } from "./measure.ts";

const run = promisify(execFile);

/** The whole job (key in, proof, passwords off, proof) against `ssh-copy-id` putting the key alone on equal machines. */
export const bind: Bench = {
  name: "bind",
  unavailable: fleetUnavailable,
  async run() {
    return [...(await compare(1, 5)), ...(await compare(20, 2))];
  },
};

async function compare(servers: number, rounds: number): Promise<readonly Line[]> {
  const whole: number[] = [];
  const keyOnly: number[] = [];
  const copyId: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const fleet = await startFleet(servers * 2);
    try {
      copyId.push(await sshCopyId(fleet.machines.slice(0, servers)));
      const ours = await keystead(fleet.machines.slice(servers));
      whole.push(ours.whole);
      keyOnly.push(ours.keyIn);
    } finally {
      await fleet.stop();
    }
  }
  const baseline = median(copyId);
  const goal = "less wall time than ssh-copy-id takes for the key alone";
  return [
    line(`bind.${servers}.whole-job`, median(whole), "ms", baseline, goal, median(whole) < baseline),
    line(
      `bind.${servers}.key-in-and-proved`,
      median(keyOnly),
      "ms",
      baseline,
      goal,
      median(keyOnly) < baseline,
      "until the last of them had proved its key login",
    ),
  ];
}

async function sshCopyId(machines: readonly Machine[]): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "keystead-bench-"));
  const key = join(folder, "id");
  // ssh-copy-id keeps its temporary files in ~/.ssh.
  mkdirSync(join(folder, ".ssh"), { mode: 0o700 });
  await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
  const options = [
    "-o",
    "StrictHostKeyChecking=no",
    "-o",
    `UserKnownHostsFile=${join(folder, "known")}`,
    "-o",
    "LogLevel=ERROR",
  ];
  const began = performance.now();
  await Promise.all(
    machines.map((machine) =>
      run(
        "sshpass",
        ["-e", "ssh-copy-id", "-i", `${key}.pub`, ...options, "-p", String(machine.port), `root@${machine.host}`],
        {
          env: { ...process.env, SSHPASS: machine.passwords.root, HOME: folder },
        },
      ),
    ),
  );
  const milliseconds = performance.now() - began;
  rmSync(folder, { recursive: true, force: true });
  return milliseconds;
}

async function keystead(machines: readonly Machine[]): Promise<{ readonly whole: number; readonly keyIn: number }> {
  const folder = mkdtempSync(join(tmpdir(), "keystead-bench-"));
  const app = createApp({ folder, door: "test" });
  const caller = app.connect("test");
  const say = async <T>(operation: string, params: unknown): Promise<T> => {
    const reply = await app.dispatch(caller, { operation, params });
    if (!reply.ok) throw new Error(`${operation}: ${reply.error.message}`);
    return reply.result as T;
  };
  try {
    await say("vault.create", { name: "Bench", userName: "bench", password: "bench correct horse battery" });
    const { keypair } = await say<{ keypair: { id: string } }>("keypairs.create", { name: "bench", spec: "ed25519" });
    const servers: { id: string; password: string }[] = [];
    for (const machine of machines) {
      const { hostKey } = await say<{ hostKey: { fingerprint: string } }>("servers.readHostKey", {
        host: machine.host,
        port: machine.port,
      });
      const { id } = await say<{ id: string }>("servers.add", {
        name: machine.name,
        host: machine.host,
        port: machine.port,
        hostKeyFingerprint: hostKey.fingerprint,
      });
      servers.push({ id, password: machine.passwords.root });
    }
    const wall = Date.now();
    const began = performance.now();
    const ended = await Promise.all(
      servers.map(async ({ id, password }) => {
        const task = await say<Task>("servers.bind", { id, keypairId: keypair.id, password });
        return say<Task>("tasks.wait", { id: task.id });
      }),
    );
    const whole = performance.now() - began;
    const failed = ended.find((task) => task.state !== "done");
    if (failed !== undefined) throw new Error(`bind ended ${failed.state}: ${failed.cause?.message}`);
    const proved = ended.map(
      (task) => task.steps.find((step) => step.name === "prove-key-login")?.endedAt ?? Number.NaN,
    );
    return { whole, keyIn: Math.max(...proved) - wall };
  } finally {
    await app.close("closing");
    rmSync(folder, { recursive: true, force: true });
  }
}
