import { systemClock } from "#main/clock.ts";
import { TaskRecord } from "#main/features/jobs/task-record.ts";
import type { TaskRow } from "#main/features/jobs/task-repository.ts";
import { OFFICER_PASSWORD } from "./officer.ts";
import { withOpenVault } from "./open-vault.ts";

export interface StoredTask {
  readonly id: string;
  readonly state: string;
  readonly hasSecrets: boolean;
  readonly hasMemory: boolean;
  readonly row: TaskRow;
}

/** What the database keeps of every task, read with the vault's own keys and no application; the vault must be locked. */
export function storedTasks(folder: string): Promise<StoredTask[]> {
  return withOpenVault(folder, OFFICER_PASSWORD, async (vault) => {
    const rows = (await vault.read.selectFrom("tasks").selectAll().execute()) as TaskRow[];
    const tasks = rows.map(async (row) => {
      const record = await TaskRecord.load(vault, systemClock, row.id);
      const hasMemory = Object.keys(record.memory).length > 0;
      record.close();
      return { id: row.id, state: row.state, hasSecrets: row.secretsSealed !== null, hasMemory, row };
    });
    return await Promise.all(tasks);
  });
}
