import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, it } from "vitest";
import { isKeysteadError } from "#shared/errors/keystead-error.ts";
import { ChildKernel } from "#test/support/child-kernel.ts";
import { Kernel, OWNER, TestFolder, vaultTemplate } from "#test/support/kernel.ts";

const folder = new TestFolder("kill");
afterAll(() => folder[Symbol.dispose]());

/** Kills in a full run; each costs a process start and two key derivations. */
const KILLS = 200;
const BATCH = 10;

interface Acknowledged {
  readonly id: string;
  readonly name: string;
}

/** Lets a writer work for a moment that differs each time, kills it, and returns what it had acknowledged. */
async function killedWriter(child: ChildKernel): Promise<readonly Acknowledged[]> {
  child.go();
  await child.line("unlocked");
  await sleep(Math.random() * 90);
  child.kill();
  await child.ended;
  // The last line of each key pair is its newest acknowledged name.
  const newest = new Map<string, string>();
  for (const line of child.lines) {
    const [word, id = "", name = ""] = line.split(" ");
    if (word === "created" || word === "renamed") newest.set(id, name);
  }
  return [...newest].map(([id, name]) => ({ id, name }));
}

/** Everything acknowledged is there, every object has its trace, every trace its object, and the chain holds. */
async function check(vault: string, acknowledged: readonly Acknowledged[]): Promise<{ unacknowledged: number }> {
  await using kernel = new Kernel(vault);
  await kernel.unlock();
  expect(await kernel.must("audit.verify")).toMatchObject({ intact: true });
  const { keypairs } = await kernel.must("keypairs.list");
  const names = new Map<string, string>(keypairs.map((keypair: Acknowledged) => [keypair.id, keypair.name]));
  for (const { id, name } of acknowledged) {
    // A rename may have become durable whose reply the writer did not live to print.
    expect([name, `${name}-renamed`], id).toContain(names.get(id));
  }
  const created = new Set<string>();
  const renamed = new Map<string, string>();
  for (let before: number | undefined; ; ) {
    const { traces } = await kernel.must("audit.list", {
      limit: 1000,
      outcome: "allowed",
      effect: "change",
      ...(before === undefined ? {} : { before }),
    });
    for (const trace of traces) {
      if (trace.name === "createKeypair") created.add(trace.resourceId);
      if (trace.name === "renameKeypair") renamed.set(trace.resourceId, JSON.parse(trace.request).name);
    }
    before = traces.at(-1)?.sequence;
    if (traces.length < 1000) break;
  }
  expect([...created].sort()).toEqual([...names.keys()].sort());
  for (const [id, name] of names) expect(name.endsWith("-renamed") ? name : undefined, id).toBe(renamed.get(id));
  expect(kernel.bugs).toEqual([]);
  await kernel.app.close("closing");
  return { unacknowledged: names.size - acknowledged.length };
}

it(`V01 D1 D22 nothing acknowledged is lost when the process is killed ${KILLS} times at any moment`, {
  timeout: 900_000,
}, async () => {
  const vault = (await vaultTemplate(folder))("vault");
  const acknowledged: Acknowledged[] = [];
  let lucky = 0;
  const writer = (kill: number) => ChildKernel.ready(vault, ["write", `k${kill}`]);
  let next = writer(0);
  for (let kill = 0; kill < KILLS; kill++) {
    await using child = await next;
    // Loading the program takes longer than the rest: the next process does it while this one writes.
    if (kill + 1 < KILLS) next = writer(kill + 1);
    const more = await killedWriter(child);
    if (more.length > 0) lucky += 1;
    acknowledged.push(...more);
    if (kill % BATCH === BATCH - 1) await check(vault, acknowledged);
  }
  // A run in which the writers hardly wrote would prove nothing.
  expect(lucky).toBeGreaterThan(KILLS / 4);
  expect(acknowledged.length).toBeGreaterThan(KILLS / 2);
});

it("V01 a creation killed at any moment leaves no vault, or one that opens", { timeout: 400_000 }, async () => {
  const outcomes = { absent: 0, whole: 0 };
  for (let i = 0; i < 24; i++) {
    const vault = folder.at(`created-${i}`);
    await using child = await ChildKernel.start(vault, ["create"]);
    await child.line("started");
    // Most of a creation is key derivation; the files come at its end, so kills crowd there.
    await sleep(i < 8 ? i * 40 : 40 + Math.random() * 500);
    child.kill();
    await child.ended;
    const acknowledged = child.lines.includes("created");
    await using kernel = new Kernel(vault);
    const { state } = await kernel.must("vault.status");
    if (state === "absent") {
      expect(acknowledged).toBe(false);
      await kernel.create();
      outcomes.absent += 1;
    } else {
      await kernel.unlock();
      outcomes.whole += 1;
    }
    expect(await kernel.must("vault.settings")).toMatchObject({ vaultName: OWNER.name });
    expect(await kernel.must("audit.verify")).toMatchObject({ intact: true });
  }
  expect(Math.min(outcomes.absent, outcomes.whole)).toBeGreaterThan(0);
});

it("V01 a change of password killed at any moment leaves one that works, and the new one once acknowledged", {
  timeout: 400_000,
}, async () => {
  const vault = (await vaultTemplate(folder))("renewed");
  let current: string = OWNER.password;
  for (let i = 0; i < 12; i++) {
    const next = `the pass phrase of round ${i}`;
    await using child = await ChildKernel.start(vault, ["change-password", current, next]);
    await child.line("unlocked");
    await sleep(i === 11 ? 3000 : 60 + Math.random() * 400);
    child.kill();
    await child.ended;
    const kernel = new Kernel(vault);
    const works = await kernel.unlock(next).then(
      () => true,
      (error: unknown) => {
        if (!isKeysteadError(error) || error.code !== "vault/wrong-password") throw error;
        return false;
      },
    );
    if (child.lines.includes("changed")) expect(works).toBe(true);
    if (works) current = next;
    else await kernel.unlock(current);
    await kernel.app.close("closing");
  }
  expect(current).toBe("the pass phrase of round 11");
});
