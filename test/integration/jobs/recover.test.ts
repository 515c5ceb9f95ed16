import { afterAll, expect, it } from "vitest";
import { TaskRecord } from "#main/features/jobs/task-record.ts";
import { findTask } from "#main/features/jobs/task-repository.ts";
import type { Task } from "#shared/models/task.ts";
import { Kernel, OWNER, TestFolder, vaultTemplate } from "#test/support/kernel.ts";
import { ManualClock } from "#test/support/manual-clock.ts";
import { withOpenVault } from "#test/support/open-vault.ts";
import { openVaultDatabase } from "#test/support/vault-keys.ts";

const folder = new TestFolder("recover");
afterAll(() => folder[Symbol.dispose]());

it("P12 D5 a task whose sealed memory is damaged ends as failed and keeps no other from being named", async () => {
  const vault = (await vaultTemplate(folder))("vault");
  const database = await openVaultDatabase(vault, OWNER.password);
  const insert = database.prepare(
    `INSERT INTO tasks (id, kind, title, state, operatorId, operatorName, createdAt, updatedAt, workedMs, runningSince, attempt, paramsJson, memorySealed, sealVersion)
     VALUES (?, 'bind', ?, 'running', 'x', 'olga', 1, 9000, 500, 2000, 1, '{}', ?, 1)`,
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
  // Up to its last sign of life: nobody has worked on it since.
  for (const task of tasks) expect(task.workedMs).toBe(7_500);
  expect(kernel.bugs).toEqual([]);
  await kernel.app.close("closing");
});

it("P12 counts the time a task is worked on, over all its attempts and without the pauses between them", async () => {
  const vault = (await vaultTemplate(folder))("worked");
  const database = await openVaultDatabase(vault, OWNER.password);
  database.exec(
    `INSERT INTO tasks (id, kind, title, state, operatorId, operatorName, createdAt, updatedAt, attempt, paramsJson, sealVersion)
     VALUES ('t', 'bind', 'Bind a to b', 'failed', 'x', 'olga', 1, 1, 1, '{}', 1)`,
  );
  database.close();
  const clock = new ManualClock();
  await withOpenVault(vault, OWNER.password, async (open) => {
    const attempt = async (turnsBack: boolean) => {
      const record = await TaskRecord.load(open, clock, "t");
      await record.begin("running");
      expect((await findTask(open.read, "t")).runningSince).toBe(clock.now());
      clock.advance(3_000);
      if (turnsBack) {
        await record.begin("rolling-back");
        clock.advance(2_000);
      }
      await record.end(turnsBack ? "rolled-back" : "done", undefined, false);
      record.close();
    };
    await attempt(true);
    clock.advance(3_600_000);
    await attempt(false);
    const task = await findTask(open.read, "t");
    expect(task).toMatchObject({ state: "done", workedMs: 8_000 });
    expect(task.runningSince).toBeUndefined();
  });
});
