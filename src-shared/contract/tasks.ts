import { z } from "zod";
import { LIMITS } from "../limits.ts";
import { task } from "../models/task.ts";
import { id, nothing, password } from "../models/text.ts";
import { operation } from "./operation.ts";

export const tasks = {
  list: operation({
    summary: "Lists running, failed and finished tasks, newest first",
    params: nothing,
    result: z.object({ tasks: z.array(task) }),
    action: "kps:task:list",
    trace: "listTasks",
    effect: "read",
  }),
  get: operation({
    summary: "Shows one task with its steps",
    params: z.strictObject({ id }),
    result: task,
    action: "kps:task:get",
    trace: "getTask",
    effect: "read",
  }),
  wait: operation({
    summary: "Waits until a task has stopped, at most so many seconds, and shows it",
    params: z.strictObject({ id, seconds: z.number().positive().max(LIMITS.waitSeconds).default(LIMITS.waitSeconds) }),
    result: task,
    action: "kps:task:get",
    trace: "waitForTask",
    effect: "read",
  }),
  retry: operation({
    summary: "Goes on with a failed or interrupted task from its last proved step",
    params: z.strictObject({ id, password: password.optional(), sudoPassword: password.optional() }),
    result: task,
    action: "kps:task:retry",
    trace: "retryTask",
    effect: "change",
    secret: ["password", "sudoPassword"],
    startsTask: true,
  }),
  rollBack: operation({
    summary: "Undoes what a failed or interrupted task has changed, newest step first",
    params: z.strictObject({ id, password: password.optional(), sudoPassword: password.optional() }),
    result: task,
    action: "kps:task:rollBack",
    trace: "rollBackTask",
    effect: "change",
    secret: ["password", "sudoPassword"],
    startsTask: true,
  }),
  cancel: operation({
    summary: "Stops a running task at its next safe point and undoes what it changed",
    params: z.strictObject({ id }),
    result: task,
    action: "kps:task:cancel",
    trace: "cancelTask",
    effect: "change",
  }),
  remove: operation({
    summary:
      "Deletes a task that has ended from the list; the traces stay. One that could still be rolled back only with leaveChanges",
    params: z.strictObject({
      id,
      /** For a server that is gone for good: what the task has changed stays there, and its undo is lost. */
      leaveChanges: z.boolean().default(false),
    }),
    /** `left`: the steps whose change is still on the server. */
    result: z.object({ id, left: z.array(z.string()) }),
    action: "kps:task:delete",
    trace: "deleteTask",
    effect: "change",
  }),
  removeEnded: operation({
    summary: "Deletes all tasks that have ended; those that still need somebody stay",
    params: z.strictObject({ includeFailed: z.boolean().default(false) }),
    result: z.object({ removed: z.int() }),
    action: "kps:task:delete",
    trace: "deleteEndedTasks",
    effect: "change",
  }),
} as const;
