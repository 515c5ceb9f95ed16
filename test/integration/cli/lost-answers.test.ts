import { readdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CliBench, type CliRun, finished } from "#test/support/cli.ts";

// Standard output that takes nothing, as a shell makes it: a pipe whose reader has gone, and a device that is full.

let bench: CliBench;
beforeAll(async () => {
  bench = new CliBench();
  const created = await bench.create();
  expect(created.status, created.stderr).toBe(0);
});
afterAll(() => bench[Symbol.dispose]());

/** The last checkpoint is written on the way: what ends otherwise leaves its holder's note and SQLite's own files behind. */
async function expectLocked(): Promise<void> {
  expect(readdirSync(bench.home).filter((name) => /holder|-wal$|-shm$/.test(name))).toEqual([]);
  expect(await bench.must("audit", "verify")).toMatchObject({ intact: true });
}

const LOST = [
  ["a closed pipe", '"$0" "$@" | true'],
  ["a full device", '"$0" "$@" >/dev/full'],
] as const;

describe.each(LOST)("%s", (_where, bash) => {
  it("G03 V01 says that the operation was done and its answer lost, and locks", async () => {
    const name = `Renamed into ${bash.slice(-9)}`;
    const run = await bench.unlocked(["vault", "update-settings", "--vault-name", name], { bash });
    expect(run).toMatchObject({ status: 7, error: { code: "request/answer-lost", kind: "outside" } });
    expect(run.stderr.trim().split("\n")).toHaveLength(1);
    await expectLocked();
    expect((await bench.must("vault", "settings")).vaultName).toBe(name);
  });

  it("G03 says so for help, which needs no vault", async () => {
    const run = await bench.run(["vault", "--help"], { bash });
    expect(run).toMatchObject({ status: 7, error: { code: "request/answer-lost" } });
  });

  it("G03 V01 ends a batch at the first answer that is lost, carries out what it has taken, and locks", async () => {
    const create = (index: number) =>
      `${JSON.stringify({ id: index, operation: "keypairs.create", params: { name: `${bash} ${index}`, spec: "ed25519", scope: "account" } })}\n`;
    const requests = Array.from({ length: 20 }, (_, index) => create(index)).join("");
    const run = await bench.unlocked(["batch", "--sequential"], { bash, input: requests });
    expectNobodyReads(run);
    await expectLocked();
    const { keypairs } = await bench.must("keypairs", "list");
    // Sequential: the one whose answer was lost, and none after it.
    expect(keypairs.filter((each: { name: string }) => each.name.startsWith(bash))).toHaveLength(1);
  });

  it("G03 V01 ends a batch whose input stays open: the next request may never come", async () => {
    const child = bench.start(["batch", "--vault-password-file", bench.passwordFile], { bash });
    const done = finished(child);
    child.stdin?.write('{"id":1,"operation":"vault.settings"}\n');
    expectNobodyReads(await done);
    await expectLocked();
  });
});

function expectNobodyReads(run: CliRun): void {
  expect(run, run.stderr).toMatchObject({ status: 130, error: { code: "request/interrupted" } });
  expect(run.stderr.trim().split("\n")).toHaveLength(1);
}

it("G03 V01 ends a batch whose reader has seen enough", async () => {
  const requests = Array.from({ length: 2_000 }, (_, id) => `{"id":${id},"operation":"audit.list"}\n`).join("");
  const run = await bench.unlocked(["batch"], { bash: '"$0" "$@" | head -n1', input: requests });
  expectNobodyReads(run);
  expect(run.result).toMatchObject({ ok: true });
  await expectLocked();
});

it("G03 V01 leaves by its status alone when nothing can be told at all", async () => {
  const bash = '"$0" "$@" >/dev/full 2>/dev/full';
  const run = await bench.unlocked(["vault", "update-settings", "--vault-name", "Untold"], { bash });
  expect(run).toMatchObject({ status: 7, stderr: "" });
  await expectLocked();
  expect((await bench.unlocked(["keypairs", "get", "--id", "none"], { bash })).status).toBe(5);
});
