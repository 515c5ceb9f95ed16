import { afterAll, expect, it } from "vitest";
import { randomId, randomSecret } from "#main/crypto/random.ts";
import { openDatabase } from "#main/database/open.ts";
import type { Initialised } from "#main/features/tokens/initialisation.ts";
import { rememberInitialised } from "#main/features/tokens/initialize-token.ts";
import {
  addPinFailure,
  allPinFailures,
  type InstanceRow,
  listInstances,
  saveInstance,
} from "#main/features/tokens/token-repository.ts";
import { TestFolder } from "#test/support/kernel.ts";

const folder = new TestFolder("remember-initialised");
afterAll(() => folder[Symbol.dispose]());

const MAKE = { manufacturer: "Maker", model: "Model" };
const BEFORE: InstanceRow = {
  tokenId: "old",
  moduleId: "m",
  ...MAKE,
  label: "Before",
  serial: "0001",
  name: "office-1",
  use: "server",
  status: "failed",
  tagsJson: '[{"key":"site","value":"Bonn"}]',
  createdAt: 1,
  lastSeenAt: 1,
};

it("H04 C29 a registered token that draws another serial when it is initialised is one instance, under its new id", async () => {
  const db = openDatabase({ file: folder.at("v.db"), key: randomSecret(32), vaultId: randomId(), mode: "create" });
  await db.transaction(async (tx) => {
    await saveInstance(tx, BEFORE);
    await addPinFailure(tx, "old", "so", 1);
  });
  const info = { ...MAKE, label: "After", serial: "0002" };
  const done = { token: { id: "new", watch: { row: { id: "m" } }, info } } as Initialised;
  await db.transaction((tx) => rememberInitialised(tx, 5, "old", done));
  expect(await listInstances(db.read)).toEqual([
    { ...BEFORE, tokenId: "new", label: "After", serial: "0002", status: "running", lastSeenAt: 5 },
  ]);
  expect(await allPinFailures(db.read)).toEqual(new Map());
  await db.close();
});
