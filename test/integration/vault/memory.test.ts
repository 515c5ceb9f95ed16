import { afterAll, beforeAll, expect, it } from "vitest";
import { deriveKey } from "#main/crypto/derive.ts";
import { ChildKernel } from "#test/support/child-kernel.ts";
import { OWNER, TestFolder, vaultTemplate } from "#test/support/kernel.ts";
import { namesInMemory } from "#test/support/process-memory.ts";
import { slotKeysOf } from "#test/support/vault-keys.ts";

const folder = new TestFolder("memory");
let copy: (name: string) => string;
beforeAll(async () => {
  copy = await vaultTemplate(folder);
});
afterAll(() => folder[Symbol.dispose]());

it.runIf(process.platform === "linux")("V02 no key of the vault is in the process's memory after a lock", async () => {
  const vault = copy("locked");
  const { header, keys } = await slotKeysOf(vault, OWNER.password);
  const derived = (["database", "seal", "audit", "header", "checkpoint-signing"] as const).map((label) => {
    const key = Buffer.from(deriveKey(keys.root, header.vaultId, label).reveal());
    return [label, key] as const;
  });
  const wanted = {
    root: keys.root.reveal(),
    user: keys.user.reveal(),
    ...Object.fromEntries(derived),
    // SQLite is given its key as text.
    ...Object.fromEntries(derived.map(([label, key]) => [`${label} as text`, Buffer.from(key.toString("hex"))])),
  };
  await using open = await ChildKernel.start(vault, ["hold"]);
  await open.line("unlocked");
  // The search finds what is there: while the vault is open its keys have to be.
  expect(namesInMemory(open.pid ?? 0, wanted)).toEqual(expect.arrayContaining(["root", "seal", "user"]));
  open.kill();
  await open.ended;
  await using locked = await ChildKernel.start(vault, ["lock"]);
  await locked.line("locked");
  expect(namesInMemory(locked.pid ?? 0, wanted)).toEqual([]);
});
