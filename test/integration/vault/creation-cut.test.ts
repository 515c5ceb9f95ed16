import { readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { takeHold } from "#main/database/hold.ts";
import { ChildKernel } from "#test/support/child-kernel.ts";
import { Kernel, OWNER, TestFolder, vaultTemplate } from "#test/support/kernel.ts";
import { vaultFingerprint } from "#test/support/vault-files.ts";

// A creation ends with two renames. Between them the vault is whole, its header under its first name.

const folder = new TestFolder("creation-cut");
let copy: (name: string) => string;
beforeAll(async () => {
  copy = await vaultTemplate(folder);
});
afterAll(() => folder[Symbol.dispose]());

/** A vault as it stands between the two renames. */
function betweenRenames(name: string): string {
  const vault = copy(name);
  renameSync(join(vault, "vault.json"), join(vault, "vault.json.new"));
  return vault;
}

it("V01 looks at a creation of another process between its renames and leaves both to it", async () => {
  const vault = betweenRenames("under-way");
  // The other process, as far as this one can tell: it holds the folder until it has renamed.
  const creator = takeHold(vault, { pid: 4711, host: "elsewhere", door: "window", since: 0 });
  const before = vaultFingerprint(vault);
  await using kernel = new Kernel(vault);

  expect(await kernel.must("vault.status")).toMatchObject({ state: "locked", heldBy: { pid: 4711 } });
  expect(await kernel.code("vault.unlock", { userName: OWNER.userName, password: OWNER.password })).toBe(
    "vault/held-by-other",
  );
  expect(await kernel.code("vault.unlockWithToken", { pin: "123456" })).toBe("tokens/not-administrator");
  expect(await kernel.code("vault.create", OWNER)).toBe("vault/exists");
  expect(kernel.bugs).toEqual([]);
  expect(vaultFingerprint(vault)).toEqual(before);

  // What the creator does next.
  renameSync(join(vault, "vault.json.new"), join(vault, "vault.json"));
  creator.release();
  await kernel.unlock();
});

it("V01 opens a vault whose creation was cut between the renames, and finishes it then", async () => {
  const vault = betweenRenames("cut");
  await using kernel = new Kernel(vault);
  const status = await kernel.must("vault.status");
  expect(status).toMatchObject({ state: "locked", users: [OWNER.userName] });
  expect(status.heldBy).toBeUndefined();
  await kernel.unlock();
  expect(readdirSync(vault)).toContain("vault.json");
  expect(readdirSync(vault)).not.toContain("vault.json.new");
  expect(kernel.bugs).toEqual([]);
});

it("V01 lets another process create a vault while this one looks all the time", async () => {
  for (let round = 0; round < 10; round++) {
    const vault = folder.at(`looked-at-${round}`);
    await using creator = await ChildKernel.start(vault, ["create"]);
    await using kernel = new Kernel(vault);
    const states = new Set<string>();
    let ended = false;
    void creator.ended.then(() => {
      ended = true;
    });
    while (!ended && !creator.lines.includes("created")) {
      states.add((await kernel.must("vault.status")).state);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(creator.lines).toContain("created");
    expect([...states]).toEqual(["absent", "locked"]);
    expect(kernel.bugs).toEqual([]);
  }
});
