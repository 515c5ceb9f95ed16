import type { Selectable } from "kysely";
import type { ReadableDb, WritableDb } from "#main/database/brands.ts";
import type { VaultTables } from "#main/database/schema.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { type Task, type TaskState, type TaskStep, taskCause } from "#shared/models/task.ts";
import { standsOnServer } from "#shared/task-rules.ts";
import { possibilities } from "./task-state.ts";

export type TaskRow = Selectable<VaultTables["tasks"]>;
export type StepRow = Selectable<VaultTables["taskSteps"]>;

export const ACTIVE: readonly TaskState[] = ["queued", "running", "rolling-back"];
/** At work, or stopped where a server may be left half-changed. */
const UNFINISHED: readonly TaskState[] = [...ACTIVE, "interrupted", "rollback-failed"];

type NamedTask = TaskRow & { readonly serverName: string | null; readonly keypairName: string | null };

function named(db: ReadableDb | WritableDb) {
  return db
    .selectFrom("tasks")
    .leftJoin("servers", "servers.id", "tasks.serverId")
    .leftJoin("keypairs", "keypairs.id", "tasks.keypairId")
    .selectAll("tasks")
    .select(["servers.name as serverName", "keypairs.name as keypairName"]);
}

/** `null` columns are absent fields. */
function present<T extends object>(fields: T): { [K in keyof T]: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null)) as {
    [K in keyof T]: NonNullable<T[K]>;
  };
}

function toStep(row: StepRow): TaskStep {
  const { taskId: _task, position: _position, name, state, ...rest } = row;
  return { name, state: state as TaskStep["state"], ...present(rest) };
}

export function hasChanged(steps: readonly Pick<StepRow, "undo" | "state">[]): boolean {
  return steps.some(standsOnServer);
}

export function toTask(row: NamedTask, steps: readonly StepRow[]): Task {
  const state = row.state as TaskState;
  const { serverId, serverName, keypairId, keypairName, endedAt, runningSince } = row;
  return {
    id: row.id,
    kind: row.kind,
    title: row.title,
    state,
    operator: row.operatorName,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
    workedMs: row.workedMs,
    attempt: row.attempt,
    ...present({ serverId, serverName, keypairId, keypairName, endedAt, runningSince }),
    ...(row.causeJson === null ? {} : { cause: taskCause.parse(JSON.parse(row.causeJson)) }),
    steps: steps.map(toStep),
    can: possibilities(state, {
      changed: hasChanged(steps),
      hasSecrets: row.secretsSealed !== null,
      // This one logs in by the bound key.
      byPassword: row.kind !== "allow-password-login",
    }),
  } as Task;
}

export async function listTasks(db: ReadableDb): Promise<Task[]> {
  const rows = await named(db).orderBy("tasks.createdAt", "desc").execute();
  const steps = await db.selectFrom("taskSteps").selectAll().orderBy("position").execute();
  const byTask = Map.groupBy(steps, (step) => step.taskId);
  return rows.map((row) => toTask(row, byTask.get(row.id) ?? []));
}

/** Error: `tasks/not-found`. */
export async function findTaskRow(db: ReadableDb | WritableDb, id: string): Promise<NamedTask> {
  const row = await named(db).where("tasks.id", "=", id).executeTakeFirst();
  if (row === undefined)
    throw new KeysteadError("tasks/not-found", "There is no such task; it may have been deleted.", { id });
  return row;
}

export async function stepsOf(db: ReadableDb | WritableDb, id: string): Promise<StepRow[]> {
  return db.selectFrom("taskSteps").selectAll().where("taskId", "=", id).orderBy("position").execute();
}

export async function findTask(db: ReadableDb | WritableDb, id: string): Promise<Task> {
  return toTask(await findTaskRow(db, id), await stepsOf(db, id));
}

/**
 * No task is at work on this server, or was stopped in the middle of it; `except` does not count. Ask inside the transaction
 * that starts the next one. Error: `servers/busy`.
 */
export async function assertServerFree(
  db: ReadableDb | WritableDb,
  server: { readonly id: string; readonly name: string },
  except = "",
): Promise<void> {
  const row = await db
    .selectFrom("tasks")
    .select("id")
    .where("serverId", "=", server.id)
    .where("id", "!=", except)
    .where("state", "in", UNFINISHED)
    .executeTakeFirst();
  if (row === undefined) return;
  throw new KeysteadError(
    "servers/busy",
    `A task on “${server.name}” is not finished. Finish it or roll it back first.`,
    { taskId: row.id },
  );
}

/**
 * Nor on the same machine under another of its entries: two tasks would change the same sshd, and the one would believe what
 * the other may still take back. Ask inside the transaction that starts the next one. Error: `servers/busy`.
 */
export async function assertMachineFree(
  db: ReadableDb | WritableDb,
  server: { readonly id: string; readonly name: string },
  except = "",
): Promise<void> {
  await assertServerFree(db, server, except);
  const row = await db
    .selectFrom("tasks")
    .innerJoin("servers as other", "other.id", "tasks.serverId")
    .innerJoin("servers as own", (join) =>
      join
        .onRef(
          ({ fn }) => fn("lower", ["own.host"]),
          "=",
          ({ fn }) => fn("lower", ["other.host"]),
        )
        .onRef("own.port", "=", "other.port"),
    )
    .select(["tasks.id", "other.name"])
    .where("own.id", "=", server.id)
    .where("tasks.id", "!=", except)
    .where("tasks.state", "in", UNFINISHED)
    .executeTakeFirst();
  if (row === undefined) return;
  throw new KeysteadError(
    "servers/busy",
    `A task on “${row.name}”, which is the same machine as “${server.name}”, is not finished. Finish it or roll it back first.`,
    { taskId: row.id },
  );
}

/**
 * No unfinished task works with this key pair: taken away in the middle it could be the only way into a server whose
 * passwords are about to go. Ask inside the transaction that takes it. Error: `keypairs/in-use`.
 */
export async function assertKeypairFree(
  db: ReadableDb | WritableDb,
  keypair: { readonly id: string; readonly name: string },
): Promise<void> {
  const row = await db
    .selectFrom("tasks")
    .select("id")
    .where("keypairId", "=", keypair.id)
    .where("state", "in", UNFINISHED)
    .executeTakeFirst();
  if (row === undefined) return;
  throw new KeysteadError(
    "keypairs/in-use",
    `A task that uses “${keypair.name}” is not finished. Finish it or roll it back first.`,
    { taskId: row.id },
  );
}

export async function insertTask(tx: WritableDb, row: TaskRow, stepNames: readonly string[]): Promise<void> {
  await tx.insertInto("tasks").values(row).execute();
  const waiting = {
    taskId: row.id,
    state: "waiting",
    startedAt: null,
    endedAt: null,
    proof: null,
    serverText: null,
    undo: null,
  };
  await tx
    .insertInto("taskSteps")
    .values(stepNames.map((name, position) => ({ ...waiting, position, name })))
    .execute();
}

/** Error: `tasks/not-found` when it was deleted meanwhile. */
export async function updateTask(tx: WritableDb, id: string, change: Partial<TaskRow>): Promise<void> {
  const done = await tx.updateTable("tasks").set(change).where("id", "=", id).executeTakeFirst();
  if (done.numUpdatedRows !== 1n) throw new KeysteadError("tasks/not-found", "The task was deleted meanwhile.", { id });
}

export async function updateStep(
  tx: WritableDb,
  taskId: string,
  position: number,
  change: Partial<StepRow>,
): Promise<void> {
  await tx.updateTable("taskSteps").set(change).where("taskId", "=", taskId).where("position", "=", position).execute();
}

export async function deleteTask(tx: WritableDb, id: string): Promise<void> {
  await tx.deleteFrom("tasks").where("id", "=", id).execute();
}
