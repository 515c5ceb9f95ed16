import { copyFileSync, cpSync, mkdirSync, renameSync, rmdirSync } from "node:fs";
import type Database from "better-sqlite3";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deriveKey } from "#main/crypto/derive.ts";
import { openDatabase } from "#main/database/open.ts";
import type { Finding } from "#main/features/audit/verify-chain.ts";
import { verifyChain } from "#main/features/audit/verify-chain.ts";
import type { Header } from "#main/features/vault/header.ts";
import type { SlotKeys } from "#main/features/vault/key-slot.ts";
import { Kernel, OWNER, TestFolder } from "#test/support/kernel.ts";
import { databaseFile, headerFile } from "#test/support/vault-files.ts";
import { openDatabaseWith, slotKeysOf } from "#test/support/vault-keys.ts";

/*
 * The attacker here is the strongest one the chain is meant for: he can open the database, because he knows the password or
 * was a user, and edits it with a tool of his own. He does not make new links: that needs the audit key.
 */
const folder = new TestFolder("tamper");
afterAll(() => folder[Symbol.dispose]());

const OLD = folder.at("old");
const VAULT = folder.at("vault");
let header: Header;
let keys: SlotKeys;
/** Last trace of the vault, that of its lock. */
let last = 0;

beforeAll(async () => {
  await using kernel = new Kernel(VAULT);
  await kernel.create();
  for (let round = 0; round < 3; round++) {
    for (const name of ["a", "b"]) await kernel.must("keypairs.create", { name: `${name}${round}`, spec: "ed25519" });
    await kernel.code("keypairs.get", { id: "nobody" });
    await kernel.must("vault.lock");
    if (round === 0) cpSync(VAULT, OLD, { recursive: true });
    if (round < 2) await kernel.unlock();
  }
  ({ header, keys } = await slotKeysOf(VAULT, OWNER.password));
  last = header.auditHead.sequence;
});

let serial = 0;
function tampered(edit: (database: Database.Database) => void): string {
  const copy = folder.at(`copy-${serial++}`);
  cpSync(VAULT, copy, { recursive: true });
  const database = openDatabaseWith(copy, header.vaultId, keys.root);
  edit(database);
  database.close();
  return copy;
}

/** What the door says of it. */
async function verify(vault: string): Promise<{ intact: boolean; finding?: Finding }> {
  await using kernel = new Kernel(vault);
  await kernel.unlock();
  const verification = await kernel.must("audit.verify");
  const { traces } = await kernel.must("audit.list", { name: "verifyTraces" });
  expect(traces[0].status).toBe(verification.intact ? "normal" : "incident");
  expect(kernel.bugs).toEqual([]);
  return verification;
}

const swap = (database: Database.Database, a: number, b: number) => {
  const move = database.prepare("UPDATE traces SET sequence = ? WHERE sequence = ?");
  move.run(-1, a);
  move.run(a, b);
  move.run(b, -1);
};

describe("A04 audit.verify", () => {
  it("A04 D18 finds nothing in a vault nobody touched", async () => {
    expect(await verify(tampered(() => undefined))).toMatchObject({ intact: true, records: last + 1, checkpoints: 3 });
  });

  type Case = readonly [string, (database: Database.Database) => void, Finding["kind"], (at: number) => number];
  const cases: readonly Case[] = [
    [
      "a field was changed",
      (db) => db.exec("UPDATE traces SET operatorName = 'mallory' WHERE sequence = 5"),
      "changed",
      () => 5,
    ],
    [
      "the first record was changed",
      (db) => db.exec("UPDATE traces SET time = time + 1 WHERE sequence = 1"),
      "changed",
      () => 1,
    ],
    [
      "a link was changed",
      (db) => db.exec("UPDATE traces SET mac = zeroblob(32) WHERE sequence = 6"),
      "changed",
      () => 6,
    ],
    [
      "a field moved into its neighbour",
      (db) =>
        db.exec(
          "UPDATE traces SET name = name || substr(operation, 1, 1), operation = substr(operation, 2) WHERE sequence = 4",
        ),
      "changed",
      () => 4,
    ],
    ["two records were swapped", (db) => swap(db, 5, 7), "reordered", () => 5],
    ["two neighbours were swapped", (db) => swap(db, 2, 3), "reordered", () => 2],
    ["one was removed from the middle", (db) => db.exec("DELETE FROM traces WHERE sequence = 6"), "removed", () => 6],
    ["several were removed", (db) => db.exec("DELETE FROM traces WHERE sequence BETWEEN 3 AND 8"), "removed", () => 3],
    ["the first was removed", (db) => db.exec("DELETE FROM traces WHERE sequence = 1"), "removed", () => 1],
    // The gap is closed, so what is seen is a record that does not follow its neighbour.
    [
      "one was removed and the rest renumbered",
      (db) =>
        db.exec(
          "DELETE FROM traces WHERE sequence = 6; UPDATE traces SET sequence = sequence - 1000 WHERE sequence > 6; UPDATE traces SET sequence = sequence + 999 WHERE sequence < 0",
        ),
      "changed",
      () => 6,
    ],
    [
      "one was copied in",
      (db) =>
        db.exec(
          "UPDATE traces SET sequence = sequence + 1000 WHERE sequence > 5; UPDATE traces SET sequence = sequence - 999 WHERE sequence > 1000; CREATE TEMP TABLE c AS SELECT * FROM traces WHERE sequence = 5; UPDATE c SET sequence = 6; INSERT INTO traces SELECT * FROM c",
        ),
      "reordered",
      () => 6,
    ],
    [
      "one was added at the end",
      (db) =>
        db.exec(
          "CREATE TEMP TABLE c AS SELECT * FROM traces WHERE sequence = 5; UPDATE c SET sequence = (SELECT max(sequence) + 1 FROM traces); INSERT INTO traces SELECT * FROM c",
        ),
      "reordered",
      (at) => at + 1,
    ],
    [
      "the newest was cut off",
      (db) => db.exec("DELETE FROM traces WHERE sequence = (SELECT max(sequence) FROM traces)"),
      "truncated",
      (at) => at,
    ],
    [
      "the newest three were cut off",
      (db) => db.exec("DELETE FROM traces WHERE sequence > (SELECT max(sequence) - 3 FROM traces)"),
      "truncated",
      (at) => at - 2,
    ],
    ["all were cut off", (db) => db.exec("DELETE FROM traces"), "truncated", () => 1],
    [
      "the newest and their checkpoint were cut off",
      (db) =>
        db.exec(
          "DELETE FROM checkpoints WHERE number = 3; DELETE FROM traces WHERE sequence > (SELECT max(lastSequence) FROM checkpoints)",
        ),
      "truncated",
      (at) => at - 4,
    ],
    [
      "a checkpoint's time was changed",
      (db) => db.exec("UPDATE checkpoints SET time = time + 1 WHERE number = 2"),
      "checkpoint-changed",
      (at) => at - 5,
    ],
    [
      "a checkpoint's head was changed",
      (db) => db.exec("UPDATE checkpoints SET head = zeroblob(32) WHERE number = 3"),
      "checkpoint-changed",
      (at) => at,
    ],
    [
      "a checkpoint's signature was changed",
      (db) => db.exec("UPDATE checkpoints SET signature = zeroblob(64) WHERE number = 3"),
      "checkpoint-changed",
      (at) => at,
    ],
    [
      "a checkpoint's own key was changed",
      (db) => db.exec("UPDATE checkpoints SET publicKey = zeroblob(32) WHERE number = 3"),
      "checkpoint-changed",
      (at) => at,
    ],
    [
      "a checkpoint's reach was changed",
      (db) => db.exec("UPDATE checkpoints SET lastSequence = 90 WHERE number = 3"),
      "checkpoint-changed",
      () => 90,
    ],
    [
      "the first checkpoint was removed",
      (db) => db.exec("DELETE FROM checkpoints WHERE number = 1"),
      "checkpoint-removed",
      (at) => at - 5,
    ],
    [
      "the newest checkpoint was removed",
      (db) => db.exec("DELETE FROM checkpoints WHERE number = 3"),
      "checkpoint-removed",
      (at) => at,
    ],
    ["all checkpoints were removed", (db) => db.exec("DELETE FROM checkpoints"), "checkpoint-removed", (at) => at],
  ];

  it.each(cases)("A04 D20 D21 names kind and place when %s", async (_what, edit, kind, sequence) => {
    expect((await verify(tampered(edit))).finding).toMatchObject({ kind, sequence: sequence(last) });
  });

  it("A04 D20 D26 goes on finding that the newest were cut off after others have taken their numbers", async () => {
    const vault = tampered((db) =>
      db.exec("DELETE FROM traces WHERE sequence > (SELECT max(sequence) - 3 FROM traces)"),
    );
    for (let session = 0; session < 3; session++) {
      await using kernel = new Kernel(vault);
      const status = await kernel.must("vault.unlock", { password: OWNER.password });
      expect(status.warnings).toMatchObject([{ code: "rolled-back" }]);
      for (let i = 0; i < 4; i++) await kernel.must("keypairs.list");
      expect(await kernel.must("audit.verify")).toMatchObject({ intact: false, finding: { kind: "truncated" } });
    }
  });

  it("A04 D26 warns at unlock when the database is an older copy, and finds it, for as long as it is so", async () => {
    const vault = tampered(() => undefined);
    copyFileSync(databaseFile(OLD), databaseFile(vault));
    for (let session = 0; session < 2; session++) {
      await using kernel = new Kernel(vault);
      expect((await kernel.must("vault.unlock", { password: OWNER.password })).warnings).toMatchObject([
        { code: "rolled-back" },
      ]);
      const { finding } = await kernel.must("audit.verify");
      expect(finding.kind).toBe("truncated");
      if (session === 0) expect(finding.sequence).toBe(last - 9);
      expect((await kernel.must("audit.list", { name: "unlockVault", limit: 1 })).traces[0]).toMatchObject({
        status: "warning",
      });
      for (let i = 0; i < 12; i++) await kernel.must("keypairs.list");
    }
  });

  it("A04 finds any change of any value of any row", async () => {
    const columns = {
      traces: [
        "sequence",
        "id",
        "time",
        "name",
        "operation",
        "effect",
        "operatorId",
        "operatorName",
        "source",
        "resourceType",
        "resourceId",
        "resourceName",
        "status",
        "outcome",
        "code",
        "request",
        "answer",
        "mac",
      ],
      checkpoints: ["number", "time", "firstSequence", "lastSequence", "head", "previous", "signature", "publicKey"],
    };
    const anyColumn = fc.oneof(
      {
        weight: 3,
        arbitrary: fc.record({
          table: fc.constant("traces"),
          column: fc.constantFrom(...columns.traces),
          row: fc.nat(),
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({
          table: fc.constant("checkpoints"),
          column: fc.constantFrom(...columns.checkpoints),
          row: fc.nat(),
        }),
      },
    );
    const master = tampered(() => undefined);
    const auditKey = deriveKey(keys.root, header.vaultId, "audit");
    const signingSeed = deriveKey(keys.root, header.vaultId, "checkpoint-signing");
    using key = deriveKey(keys.root, header.vaultId, "database");
    const work = folder.at("property");
    cpSync(master, work, { recursive: true });
    await fc.assert(
      fc.asyncProperty(
        anyColumn,
        fc.integer({ min: 1, max: 255 }),
        fc.string({ minLength: 1, unit: "binary" }),
        async ({ table, column, row }, add, text) => {
          copyFileSync(databaseFile(master), databaseFile(work));
          const raw = openDatabaseWith(work, header.vaultId, keys.root);
          const position = table === "traces" ? "sequence" : "number";
          const count = raw.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number;
          const at = 1 + (row % count);
          const old = raw.prepare(`SELECT ${column} FROM ${table} WHERE ${position} = ?`).pluck().get(at) as
            | string
            | number
            | Buffer;
          const flipped = () => {
            const bytes = Buffer.from(old as Buffer);
            if (bytes.length === 0) return Buffer.of(add);
            bytes[add % bytes.length] = (bytes[add % bytes.length] ?? 0) ^ add;
            return bytes;
          };
          const value =
            typeof old === "number"
              ? column === position
                ? 5000 + add
                : old + add
              : typeof old === "string"
                ? `${old}${text}`
                : flipped();
          raw.prepare(`UPDATE ${table} SET ${column} = ? WHERE ${position} = ?`).run(value, at);
          raw.close();
          const db = openDatabase({ file: databaseFile(work), key, vaultId: header.vaultId, mode: "open" });
          const end = await db.read
            .selectFrom("traces")
            .select(["sequence", "mac"])
            .orderBy("sequence", "desc")
            .limit(1)
            .executeTakeFirstOrThrow();
          const anchor = { ...header.auditHead, missingFrom: undefined };
          const found = await verifyChain({ vaultId: header.vaultId, db, auditKey, signingSeed, anchor }, end);
          await db.close();
          return (
            !found.intact &&
            found.finding !== undefined &&
            (table === "checkpoints") === found.finding.kind.startsWith("checkpoint")
          );
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("A04 D26 vault.acceptRollback", () => {
  const reason = "The disk failed; last night's backup was put back.";
  function olderCopy(): string {
    const vault = tampered(() => undefined);
    copyFileSync(databaseFile(OLD), databaseFile(vault));
    return vault;
  }
  const unlocked = async (kernel: Kernel) =>
    (await kernel.must("vault.unlock", { password: OWNER.password })).warnings.map(
      (warning: { code: string }) => warning.code,
    );

  it("A04 D26 ends the warning for good once somebody stands by the copy, and verify goes on naming the seam", async () => {
    const vault = olderCopy();
    const first = last - 9;
    {
      await using kernel = new Kernel(vault);
      expect(await unlocked(kernel)).toEqual(["rolled-back"]);
      expect(await kernel.must("vault.acceptRollback", { reason })).toMatchObject({
        missingFrom: first,
        lastSigned: last,
        lostHead: header.auditHead.mac,
        signedAt: header.auditHead.time,
        reason,
      });
      expect(await kernel.must("vault.status")).toMatchObject({ warnings: [] });
      expect((await kernel.must("audit.list", { name: "acceptRollback" })).traces).toMatchObject([
        { status: "warning", outcome: "allowed", operatorName: OWNER.userName, request: JSON.stringify({ reason }) },
      ]);
      expect(await kernel.code("vault.acceptRollback", { reason })).toBe("vault/not-rolled-back");
    }
    for (let session = 0; session < 2; session++) {
      await using kernel = new Kernel(vault);
      expect(await unlocked(kernel)).toEqual([]);
      const verification = await kernel.must("audit.verify");
      expect(verification).toMatchObject({ intact: true });
      expect(verification.seams).toMatchObject([
        { sequence: first + 1, missingFrom: first, lastSigned: last, operatorName: OWNER.userName, reason },
      ]);
      expect((await kernel.must("audit.list", { name: "verifyTraces", limit: 1 })).traces[0].status).toBe("warning");
      expect(kernel.bugs).toEqual([]);
    }
  });

  it("A04 D26 warns again when an older copy is put back once more", async () => {
    const vault = olderCopy();
    {
      await using kernel = new Kernel(vault);
      await kernel.unlock();
      await kernel.must("vault.acceptRollback", { reason });
    }
    copyFileSync(databaseFile(OLD), databaseFile(vault));
    await using kernel = new Kernel(vault);
    expect(await unlocked(kernel)).toEqual(["rolled-back"]);
    expect(await kernel.must("audit.verify")).toMatchObject({ intact: false, seams: [] });
  });

  it("A04 D26 can stand by a copy that was worked in for a while before anybody decided", async () => {
    const vault = olderCopy();
    for (let session = 0; session < 2; session++) {
      await using kernel = new Kernel(vault);
      await kernel.unlock();
      for (let i = 0; i < 12; i++) await kernel.must("keypairs.list");
    }
    await using kernel = new Kernel(vault);
    expect(await unlocked(kernel)).toEqual(["rolled-back"]);
    expect(await kernel.must("vault.acceptRollback", { reason })).toMatchObject({
      missingFrom: last,
      lastSigned: last,
    });
    await kernel.must("vault.lock");
    expect(await unlocked(kernel)).toEqual([]);
    expect(await kernel.must("audit.verify")).toMatchObject({ intact: true, seams: [{ reason }] });
  });

  it.each([
    [
      "its newest traces were cut off behind its own checkpoints",
      (db: Database.Database) => db.exec("DELETE FROM traces WHERE sequence > (SELECT max(sequence) - 3 FROM traces)"),
    ],
    [
      "it was edited as well",
      (db: Database.Database) => {
        db.exec(
          "DELETE FROM checkpoints WHERE number = 3; DELETE FROM traces WHERE sequence > (SELECT max(lastSequence) FROM checkpoints)",
        );
        db.exec("UPDATE traces SET operatorName = 'mallory' WHERE sequence = 2");
      },
    ],
  ])("A04 D26 is refused when %s, and the warning stays", async (_what, edit) => {
    const vault = tampered(edit);
    for (let session = 0; session < 2; session++) {
      await using kernel = new Kernel(vault);
      expect(await unlocked(kernel)).toEqual(["rolled-back"]);
      expect(await kernel.code("vault.acceptRollback", { reason })).toBe("vault/not-an-older-copy");
      expect(await kernel.must("audit.verify")).toMatchObject({ intact: false });
    }
  });

  it("A04 D26 is refused when nothing is missing, and without a reason", async () => {
    await using kernel = new Kernel(tampered(() => undefined));
    await kernel.unlock();
    expect(await kernel.code("vault.acceptRollback", { reason })).toBe("vault/not-rolled-back");
    expect(await kernel.code("vault.acceptRollback", { reason: "  " })).toBe("request/invalid-params");
  });

  it("A04 D22 D26 goes on warning when the new anchor cannot be written", async () => {
    const vault = olderCopy();
    await using kernel = new Kernel(vault);
    await kernel.unlock();
    // The header can be read but not replaced: a folder stands in its place.
    renameSync(headerFile(vault), `${headerFile(vault)}.aside`);
    mkdirSync(headerFile(vault));
    await kernel.must("vault.acceptRollback", { reason });
    expect(kernel.bugs).toMatchObject([{ code: "vault/disk-failed" }]);
    expect(await kernel.must("vault.status")).toMatchObject({ warnings: [{ code: "rolled-back" }] });
    rmdirSync(headerFile(vault));
    renameSync(`${headerFile(vault)}.aside`, headerFile(vault));
    await kernel.must("vault.lock");
    expect(await unlocked(kernel)).toEqual(["rolled-back"]);
    await kernel.must("vault.acceptRollback", { reason });
    expect(await kernel.must("vault.status")).toMatchObject({ warnings: [] });
  });
});
