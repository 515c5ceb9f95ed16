import { z } from "zod";
import { id, time } from "./text.ts";

export const taskKind = z.enum(["bind", "bind-sftp", "allow-password-login"]);
export type TaskKind = z.infer<typeof taskKind>;

/**
 * `running` here and now; `interrupted`: Keystead stopped or locked in the middle, can be resumed or rolled back;
 * `failed`: a step failed and what was done before it stands as the step list says; `rolled-back`: undone, as before.
 */
export const taskState = z.enum([
  "queued",
  "running",
  "rolling-back",
  "interrupted",
  "failed",
  "rolled-back",
  "rollback-failed",
  "cancelled",
  "done",
]);
export type TaskState = z.infer<typeof taskState>;

export const stepState = z.enum(["waiting", "running", "done", "failed", "undone", "undo-failed", "skipped"]);

export const taskStep = z.object({
  /** Stable name of the step, e.g. `prove-key-login`. */
  name: z.string(),
  state: stepState,
  startedAt: time.optional(),
  endedAt: time.optional(),
  /** What proves that the step did what it says, in a sentence. */
  proof: z.string().optional(),
  /** The server's own words, bounded. */
  serverText: z.string().optional(),
  /** What a rollback will do about it, once the step has changed something. */
  undo: z.string().optional(),
});
export type TaskStep = z.infer<typeof taskStep>;

export const taskCause = z.object({
  code: z.string(),
  remedy: z.string(),
  message: z.string(),
  step: z.string().optional(),
});

export type TaskCause = z.infer<typeof taskCause>;

export const task = z.object({
  id,
  kind: taskKind,
  title: z.string(),
  state: taskState,
  serverId: id.optional(),
  serverName: z.string().optional(),
  keypairId: id.optional(),
  keypairName: z.string().optional(),
  operator: z.string(),
  createdAt: time,
  updatedAt: time,
  endedAt: time.optional(),
  /** How long it was worked on before now, in all attempts; without the pauses between them. */
  workedMs: z.int(),
  /** Since when it is worked on now. */
  runningSince: time.optional(),
  attempt: z.int(),
  cause: taskCause.optional(),
  steps: z.array(taskStep),
  /** What can be asked of it now. */
  can: z.object({
    retry: z.boolean(),
    rollBack: z.boolean(),
    cancel: z.boolean(),
    /** False while something is still to be rolled back: it then takes `leaveChanges`. */
    remove: z.boolean(),
    needsPassword: z.boolean(),
  }),
});
export type Task = z.infer<typeof task>;
