import type { ErrorPayload } from "#shared/errors/keystead-error.ts";
import type { Task, TaskCause, TaskState } from "#shared/models/task.ts";

/** A task in one of these is being worked on in this process. */
export function isActive(state: TaskState): boolean {
  return state === "queued" || state === "running" || state === "rolling-back";
}

/** Ended, and nobody need look at it again unless they want to. */
export function isSettled(state: TaskState): boolean {
  return state === "done" || state === "rolled-back" || state === "cancelled";
}

/** What is kept of the error that ended a task. */
export function shownCause(cause: ErrorPayload & { readonly step?: string }): TaskCause {
  const { code, remedy, message, step } = cause;
  return { code, remedy, message, ...(step === undefined ? {} : { step }) };
}

const RETRY: readonly TaskState[] = ["interrupted", "failed", "rolled-back", "rollback-failed", "cancelled"];
const ROLL_BACK: readonly TaskState[] = ["interrupted", "failed", "rollback-failed"];

/** What may be asked of a task. `changed`: some step has touched the server and is not undone. */
export function possibilities(
  state: TaskState,
  facts: { readonly changed: boolean; readonly hasSecrets: boolean; readonly byPassword: boolean },
): Task["can"] {
  const rollBack = ROLL_BACK.includes(state) && facts.changed;
  return {
    retry: RETRY.includes(state),
    rollBack,
    cancel: state === "queued" || state === "running",
    // The task is the only one who knows how to undo what stands half done on the server.
    remove: !isActive(state) && !rollBack,
    needsPassword: RETRY.includes(state) && facts.byPassword && !facts.hasSecrets,
  };
}
