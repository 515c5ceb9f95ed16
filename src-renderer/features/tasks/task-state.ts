import type { Task, TaskState, TaskStep } from "#shared/models/task.ts";
import type { Tone } from "../../components/StateTag.tsx";

export const TASK_TONE: Readonly<Record<TaskState, Tone>> = {
  queued: "waiting",
  running: "busy",
  "rolling-back": "busy",
  interrupted: "care",
  failed: "bad",
  "rolled-back": "quiet",
  "rollback-failed": "bad",
  cancelled: "quiet",
  done: "good",
};

export const STEP_TONE: Readonly<Record<TaskStep["state"], Tone>> = {
  waiting: "waiting",
  running: "busy",
  done: "good",
  failed: "bad",
  undone: "quiet",
  "undo-failed": "bad",
  skipped: "quiet",
};

/** Something happens in it right now. */
export function isMoving(state: TaskState): boolean {
  return state === "queued" || state === "running" || state === "rolling-back";
}

/** Steps that are behind it; those that were not needed count too. */
export function stepsDone(task: Task): number {
  return task.steps.filter((step) => step.state === "done" || step.state === "skipped").length;
}

/** Milliseconds somebody worked on it, all attempts together; the pauses between them are none. */
export function worked(task: Pick<Task, "workedMs" | "runningSince">, now: number): number {
  return task.workedMs + (task.runningSince === undefined ? 0 : Math.max(0, now - task.runningSince));
}

/** Milliseconds from start to end, or to `now` while it goes on. */
export function elapsed(
  span: { readonly startedAt?: number; readonly endedAt?: number },
  now: number,
): number | undefined {
  return span.startedAt === undefined ? undefined : (span.endedAt ?? now) - span.startedAt;
}
