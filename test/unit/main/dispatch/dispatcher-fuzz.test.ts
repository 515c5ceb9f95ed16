import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { operations } from "#shared/contract/index.ts";
import { ERROR_CODES, isErrorCode } from "#shared/errors/codes.ts";
import { Kernel, OWNER, TestFolder, vaultTemplate } from "#test/support/kernel.ts";
import { openVaultDatabase } from "#test/support/vault-keys.ts";

/*
 * Whatever a door passes on is answered with a named error and changes nothing. Parameters are drawn so that none can be a
 * good call: some field is always there that no operation knows, or they are no object at all.
 */
const folder = new TestFolder("fuzz");
let vault = "";
let kernel: Kernel;

/** Every row but traces and checkpoints, which tell of the refusals. */
async function contents(): Promise<string> {
  const database = await openVaultDatabase(vault, OWNER.password);
  const tables = database
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN ('traces', 'checkpoints')")
    .pluck()
    .all() as string[];
  const rows = tables.sort().map((table) => [table, database.prepare(`SELECT * FROM ${table}`).raw().all()]);
  database.close();
  return JSON.stringify(rows);
}

let before = "";
beforeAll(async () => {
  vault = (await vaultTemplate(folder))("vault");
  const maker = new Kernel(vault);
  await maker.unlock();
  await maker.must("keypairs.create", { name: "here before", spec: "ed25519" });
  await maker.must("servers.add", { name: "here too", host: "192.0.2.1" });
  await maker.app.close("closing");
  before = await contents();
  kernel = new Kernel(vault);
  await kernel.unlock();
});
afterAll(() => folder[Symbol.dispose]());

const names = operations.map(({ name }) => name);
const someName = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...names) },
  { weight: 1, arbitrary: fc.string({ maxLength: 200, unit: "binary" }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "__proto__",
      "constructor",
      "vault",
      "vault.",
      ".status",
      "vault.__proto__",
      "toString",
      "vault.status ",
      "VAULT.STATUS",
      "a".repeat(10_000),
      "\ud800",
    ),
  },
);

const fields = [
  "id",
  "ids",
  "name",
  "password",
  "userName",
  "file",
  "host",
  "port",
  "limit",
  "keep",
  "acceptBound",
  "currentPassword",
  "newPassword",
  "privateKey",
  "spec",
  "fingerprint",
  "autoLockMinutes",
];
const junk = fc.anything({
  maxDepth: 3,
  withNullPrototype: true,
  withBigInt: true,
  withDate: true,
  withMap: true,
  withSparseArray: true,
  withTypedArray: true,
});
const neverGood = fc.oneof(
  fc.jsonValue({ maxDepth: 5 }).map((value) => ({ surprise: value })),
  fc
    .dictionary(fc.constantFrom(...fields), fc.oneof(fc.jsonValue(), junk), { minKeys: 1 })
    .map((value) => ({ ...value, surprise: 1 })),
  fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.array(fc.jsonValue())),
  junk
    .filter((value) => typeof value !== "object" || (ArrayBuffer.isView(value) && value.byteLength > 0))
    .filter((value) => value !== undefined),
);

const named = (reply: Awaited<ReturnType<Kernel["reply"]>>) =>
  !reply.ok &&
  isErrorCode(reply.error.code) &&
  reply.error.kind === ERROR_CODES[reply.error.code].kind &&
  /[.!]$/.test(reply.error.message) &&
  reply.error.message.length < 2000;

describe("dispatcher", { timeout: 60_000 }, () => {
  it("A01 answers any operation name with any parameters by a named error", async () => {
    await fc.assert(
      fc.asyncProperty(someName, neverGood, async (operation, params) => named(await kernel.reply(operation, params))),
      { numRuns: 1000 },
    );
    expect(kernel.bugs).toEqual([]);
  });

  const nested = (depth: number) => JSON.parse(`${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`) as object;
  const monsters: readonly (readonly [string, unknown])[] = [
    ["own __proto__", JSON.parse('{"__proto__":{"id":"x","password":"long enough to pass"}}')],
    ["own constructor", JSON.parse('{"constructor":{"prototype":{"id":"x"}}}')],
    ["own toString", JSON.parse('{"toString":1,"valueOf":2,"hasOwnProperty":3}')],
    ["20,000 levels", { surprise: nested(20_000) }],
    [
      "20,000 levels in a known field",
      { id: nested(20_000), name: nested(20_000), file: nested(20_000), ids: nested(20_000) },
    ],
    ["a million items", { ids: Array.from({ length: 1_000_000 }, () => "x"), surprise: 1 }],
    ["a hundred thousand fields", Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`field${i}`, i]))],
    ["a name of 5 MB", { name: "x".repeat(5_000_000), password: "y".repeat(5_000_000), surprise: 1 }],
    ["a field name of 1 MB", { ["k".repeat(1_000_000)]: 1 }],
    [
      "itself",
      (() => {
        const loop: Record<string, unknown> = {};
        loop.id = loop;
        loop.surprise = loop;
        return loop;
      })(),
    ],
    [
      "a field that throws when it is read",
      {
        get surprise() {
          throw new Error("read me not");
        },
      },
    ],
    ["a function", () => undefined],
    ["a symbol", Symbol("x")],
    ["lone surrogates", { "\ud800": "\udfff", id: "\ud800" }],
  ];

  it.each(monsters)("A01 survives %s at every operation", async (_what, params) => {
    for (const name of names) expect(named(await kernel.reply(name, params)), name).toBe(true);
    expect(Object.hasOwn(Object.prototype, "id")).toBe(false);
    expect(kernel.bugs).toEqual([]);
  });

  it("A01 does not look for an operation in what is no text", async () => {
    for (const operation of [undefined, null, 1, {}, [], ["vault.status"], { toString: () => "vault.status" }])
      expect(await kernel.code(operation as unknown as string)).toBe("request/unknown-operation");
  });

  it("A01 has changed nothing by all of that, and its traces still hold", async () => {
    kernel.clock.advance(60_000);
    expect(await kernel.must("audit.verify")).toMatchObject({ intact: true });
    await kernel.app.close("closing");
    expect(await contents()).toBe(before);
  });

  it("A01 answers the same while the vault is locked and while there is none", async () => {
    const none = new Kernel(folder.at("nowhere"));
    await fc.assert(
      fc.asyncProperty(someName, neverGood, async (operation, params) => {
        const replies = [await kernel.reply(operation, params), await none.reply(operation, params)];
        return replies.every(named);
      }),
      { numRuns: 300 },
    );
    expect(await none.must("vault.status")).toMatchObject({ state: "absent" });
    expect([...kernel.bugs, ...none.bugs]).toEqual([]);
    expect(await contents()).toBe(before);
  });
});
