import { systemClock } from "#main/clock.ts";
import { SecretBytes } from "#main/crypto/secret-bytes.ts";
import { TaskRecord } from "#main/features/jobs/task-record.ts";
import type { TaskRow } from "#main/features/jobs/task-repository.ts";
import { VaultKeeper } from "#main/features/vault/index.ts";
import { OFFICER_PASSWORD } from "./officer.ts";

export interface StoredTask {
  readonly id: string;
  readonly state: string;
  readonly hasSecrets: boolean;
  readonly hasMemory: boolean;
  readonly row: TaskRow;
}

/** What the database keeps of every task, read with the vault's own keys and no application; the vault must be locked. */
export async function storedTasks(folder: string): Promise<StoredTask[]> {
  const keeper = new VaultKeeper({
    folder,
    clock: systemClock,
    door: "test",
    tokenSlots: { openTokenSlot: () => Promise.reject(new Error("tasks are read with the password")) },
    beforeLock: async () => undefined,
    onLocked: () => undefined,
  });
  using password = SecretBytes.fromText(OFFICER_PASSWORD);
  await keeper.unlock(undefined, password);
  try {
    const vault = keeper.open;
    if (vault === undefined) throw new Error("unlocked just now");
    const rows = (await vault.read.selectFrom("tasks").selectAll().execute()) as TaskRow[];
    const tasks = rows.map(async (row) => {
      const record = await TaskRecord.load(vault, systemClock, row.id);
      const hasMemory = Object.keys(record.memory).length > 0;
      record.close();
      return { id: row.id, state: row.state, hasSecrets: row.secretsSealed !== null, hasMemory, row };
    });
    return await Promise.all(tasks);
  } finally {
    await keeper.lock("closing");
  }
}
