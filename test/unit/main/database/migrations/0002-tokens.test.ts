import { join } from "node:path";
import type Database from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { randomId, randomSecret } from "#main/crypto/random.ts";
import { migrations } from "#main/database/migrations/index.ts";
import { openDatabase } from "#main/database/open.ts";
import { TestFolder } from "#test/support/kernel.ts";
import { rawDatabase } from "#test/support/vault-keys.ts";

const folder = new TestFolder("migration");
afterAll(() => folder[Symbol.dispose]());

const vaultId = randomId();
const key = randomSecret(32);
const file = join(folder.path, "vault.db");

const raw = () => rawDatabase(file, key, vaultId);

const TABLES = ["settings", "users", "keypairs", "servers", "hostKeys", "bindings", "tasks", "taskSteps", "traces"];
const dump = (driver: Database.Database) =>
  Object.fromEntries(TABLES.map((table) => [table, driver.prepare(`SELECT * FROM ${table} ORDER BY 1, 2`).all()]));
const indexes = (driver: Database.Database) =>
  driver
    .prepare("SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'index' AND sql NOT NULL ORDER BY 1")
    .all();

/** A database as version 1 left it: every table has rows, and every kind of reference to a key pair. */
function makeFirst(): void {
  const driver = raw();
  driver.pragma("foreign_keys=ON");
  driver.exec(migrations[0] ?? "");
  driver.pragma("user_version=1");
  driver.exec(`
    INSERT INTO settings VALUES ('vaultName', '"Old"');
    INSERT INTO users VALUES ('u1', 'olga', '["*"]', 1), ('u2', 'otto', '[]', 2);
    INSERT INTO keypairs VALUES
      ('k1', 'one', 'u1', 'private', 'ed25519', 'c', x'0001', 'SHA256:a', 'MD5:a', 'kept', x'abcd', 3, 'owner''s key', 5, 6),
      ('k2', 'two', 'u1', 'account', 'rsa-2048', '', x'0002', 'SHA256:b', 'MD5:b', 'never-kept', NULL, 1, NULL, 7, 8),
      ('k3', 'one', 'u2', 'private', 'ecdsa-p256', 'ü', x'0003', 'SHA256:c', 'MD5:c', 'cleared', NULL, 2, NULL, 9, 10);
    INSERT INTO servers VALUES ('s1', 'web', 'h', 22, 'root', 'strict', 'reachable', NULL, NULL, 1, 'OpenSSH', 'off', 1, 2);
    INSERT INTO hostKeys VALUES ('s1', 'ssh-ed25519', 'AAAA', 'SHA256:h', 3);
    INSERT INTO bindings VALUES ('s1', 'k1', 'root', 'bound', '/root/.ssh/authorized_keys', 4), ('s1', 'k2', 'root', 'unproved', '/x', NULL);
    INSERT INTO tasks VALUES ('t1', 'bind', 'Bind', 'succeeded', 's1', 'k1', 'u1', 'olga', 1, 2, 3, 1, NULL, '{}', NULL, NULL, 1);
    INSERT INTO taskSteps VALUES ('t1', 0, 'first', 'done', 1, 2, 'seen', NULL, NULL);
    INSERT INTO traces VALUES (1, 'tr', 1, 'n', 'o', 'read', 'u1', 'olga', 'test', 'r', 'k1', 'one', 'normal', 'allowed', '', '', '', x'00');
  `);
  driver.close();
}

describe("migration 0002", () => {
  let before: ReturnType<typeof dump>;
  let indexesBefore: ReturnType<typeof indexes>;

  beforeAll(async () => {
    makeFirst();
    const old = raw();
    before = dump(old);
    indexesBefore = indexes(old);
    old.close();
    await openDatabase({ file, key, vaultId, mode: "open" }).close();
  });

  it("P21 keeps every row of every table, and gives key pairs four empty token columns", () => {
    const driver = raw();
    const after = dump(driver);
    const withToken = (before.keypairs ?? []).map((row) => ({
      ...(row as object),
      tokenId: null,
      tokenSerial: null,
      tokenLabel: null,
      tokenKeyId: null,
    }));
    // Later migrations, whose own tests look at what they add.
    const worked = (before.tasks ?? []).map((row) => ({ ...(row as object), workedMs: 1, runningSince: null }));
    expect(after).toEqual({ ...before, keypairs: withToken, tasks: worked });
    expect(driver.pragma("user_version", { simple: true })).toBe(migrations.length);
    expect(driver.pragma("foreign_key_check")).toEqual([]);
    expect(driver.pragma("integrity_check", { simple: true })).toBe("ok");
    driver.close();
  });

  it("P21 keeps every index, and the references to key pairs go on working", () => {
    const driver = raw();
    expect(indexes(driver)).toEqual(expect.arrayContaining(indexesBefore));
    driver.pragma("foreign_keys=ON");
    expect(() => driver.exec("INSERT INTO bindings VALUES ('s1', 'nobody', 'x', 'bound', '/x', 1)")).toThrow(/FOREIGN/);
    expect(() =>
      driver.exec("UPDATE keypairs SET name = 'one', scope = 'private', ownerId = 'u1' WHERE id = 'k3'"),
    ).toThrow(/UNIQUE/);
    driver.exec("BEGIN; DELETE FROM keypairs WHERE id = 'k1'");
    expect(driver.prepare("SELECT keypairId FROM bindings").all()).toEqual([{ keypairId: "k2" }]);
    expect(driver.prepare("SELECT keypairId FROM tasks").all()).toEqual([{ keypairId: null }]);
    driver.exec("ROLLBACK");
    driver.close();
  });

  it("P21 takes a private half on a token only with all that finds it again", () => {
    const driver = raw();
    const put = (half: string, tokenFields: string) =>
      driver.exec(
        `INSERT INTO keypairs VALUES ('new', 'n', 'u1', 'account', 'rsa-2048', '', x'00', 'f', 'm', '${half}', NULL, 1, NULL, ${tokenFields}, 1, 1)`,
      );
    expect(() => put("on-token", "NULL, NULL, NULL, NULL")).toThrow(/CHECK/);
    expect(() => put("on-token", "'t', 's', 'l', NULL")).toThrow(/CHECK/);
    expect(() => put("cleared", "'t', 's', 'l', 'aa'")).toThrow(/CHECK/);
    expect(() => put("elsewhere", "NULL, NULL, NULL, NULL")).toThrow(/CHECK/);
    put("on-token", "'t', 's', 'l', 'aa'");
    driver.exec("DELETE FROM keypairs WHERE id = 'new'");
    driver.close();
  });

  it("V01 opens a migrated database with foreign keys on", async () => {
    const db = openDatabase({ file, key, vaultId, mode: "open" });
    expect([...db.rows("PRAGMA foreign_keys", [])]).toEqual([[1]]);
    await db.close();
  });
});
