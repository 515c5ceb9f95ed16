import { afterAll, expect, it } from "vitest";
import type { Task } from "#shared/models/task.ts";
import { Kernel, OWNER, TestFolder, vaultTemplate } from "#test/support/kernel.ts";
import { openVaultDatabase } from "#test/support/vault-keys.ts";

const folder = new TestFolder("recover");
afterAll(() => folder[Symbol.dispose]());

it("P12 D5 a task whose sealed memory is damaged ends as failed and keeps no other from being named", async () => {
  const vault = (await vaultTemplate(folder))("vault");
  const database = await openVaultDatabase(vault, OWNER.password);
  const insert = database.prepare(
    `INSERT INTO tasks (id, kind, title, state, operatorId, operatorName, createdAt, updatedAt, attempt, paramsJson, memorySealed, sealVersion)
     VALUES (?, 'bind', ?, 'running', 'x', 'olga', 1, 1, 1, '{}', ?, 1)`,
  );
  insert.run("damaged", "Bind a to b", Buffer.alloc(80, 1));
  insert.run("sound", "Bind c to d", null);
  database.close();

  await using kernel = new Kernel(vault);
  await kernel.unlock();

  const { tasks } = await kernel.must("tasks.list");
  const found = new Map<string, Task>(tasks.map((task: Task) => [task.id, task]));
  expect(found.get("damaged")).toMatchObject({ state: "failed", cause: { code: "vault/sealed-value-damaged" } });
  expect(found.get("sound")).toMatchObject({ state: "interrupted", cause: { code: "tasks/interrupted" } });
  expect(kernel.bugs).toEqual([]);
  await kernel.app.close("closing");
});
