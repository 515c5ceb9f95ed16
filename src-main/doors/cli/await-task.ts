import type { App, Caller } from "#main/dispatch/caller.ts";
import { isErrorCode } from "#shared/errors/codes.ts";
import { type ErrorPayload, KeysteadError } from "#shared/errors/keystead-error.ts";
import { type Task, type TaskState, task as taskSchema } from "#shared/models/task.ts";
import { call } from "./vault-login.ts";

/** Shorter than the shortest auto-lock: each wait is activity, so a long task does not lock the vault under itself. */
const WAIT_SECONDS = 20;

const WORKING: readonly TaskState[] = ["queued", "running", "rolling-back"];

/** The task in a result of an operation that starts one. */
export function taskIn(result: unknown): Task {
  return taskSchema.parse(result);
}

/** Waits until nothing works on the task any more, and gives it as it stands then. */
export async function awaitTask(app: App, caller: Caller, started: Task): Promise<Task> {
  let seen = started;
  while (WORKING.includes(seen.state))
    seen = taskIn(await call(app, caller, "tasks.wait", { id: started.id, seconds: WAIT_SECONDS }));
  return seen;
}

/** `undefined` when the task ended as the operation meant it to; else why it did not. */
export function taskFailure(operation: string, task: Task): ErrorPayload | undefined {
  const goal: TaskState = operation === "tasks.rollBack" ? "rolled-back" : "done";
  if (task.state === goal) return undefined;
  const code = task.cause !== undefined && isErrorCode(task.cause.code) ? task.cause.code : "tasks/interrupted";
  const message = task.cause?.message ?? `The task ended as ${task.state}.`;
  return new KeysteadError(code, message, {
    taskId: task.id,
    state: task.state,
    step: task.cause?.step,
  }).toJSON();
}
