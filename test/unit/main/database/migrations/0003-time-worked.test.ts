import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { randomId, randomSecret } from "#main/crypto/random.ts";
import { migrations } from "#main/database/migrations/index.ts";
import { openDatabase } from "#main/database/open.ts";
import { TestFolder } from "#test/support/kernel.ts";
import { rawDatabase } from "#test/support/vault-keys.ts";

const folder = new TestFolder("migration");
afterAll(() => folder[Symbol.dispose]());

it("P12 takes the time of older tasks from their steps, which know of no pause", async () => {
  const vaultId = randomId();
  const key = randomSecret(32);
  const file = join(folder.path, "vault.db");
  const old = rawDatabase(file, key, vaultId);
  for (const sql of migrations.slice(0, 2)) old.exec(sql);
  old.pragma("user_version=2");
  old.exec(`
    INSERT INTO tasks VALUES ('retried', 'bind', 'Bind', 'done', NULL, NULL, 'u', 'olga', 1000, 90000, 90000, 2, NULL, '{}', NULL, NULL, 1);
    INSERT INTO taskSteps VALUES ('retried', 0, 'log-in', 'done', 80000, 82000, 'x', NULL, NULL),
      ('retried', 1, 'survey', 'done', 82000, 85000, 'x', NULL, NULL), ('retried', 2, 'record', 'waiting', NULL, NULL, NULL, NULL, NULL);
    INSERT INTO tasks VALUES ('begun', 'bind', 'Bind', 'running', NULL, NULL, 'u', 'olga', 1000, 1000, NULL, 1, NULL, '{}', NULL, NULL, 1);
    INSERT INTO taskSteps VALUES ('begun', 0, 'log-in', 'running', 1000, NULL, NULL, NULL, NULL);
  `);
  old.close();

  await openDatabase({ file, key, vaultId, mode: "open" }).close();

  const driver = rawDatabase(file, key, vaultId);
  expect(driver.prepare("SELECT id, workedMs, runningSince FROM tasks ORDER BY id").all()).toEqual([
    { id: "begun", workedMs: 0, runningSince: null },
    { id: "retried", workedMs: 5000, runningSince: null },
  ]);
  driver.close();
});
