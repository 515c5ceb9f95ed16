import type { Task } from "#shared/models/task.ts";

/** A task as the console gets it: one that runs, unless told otherwise. */
export function makeTask(some: Partial<Task> = {}): Task {
  return {
    id: "t1",
    kind: "bind",
    title: "Bind k to web-1",
    state: "running",
    operator: "Ada",
    createdAt: 1,
    updatedAt: 1,
    workedMs: 0,
    attempt: 1,
    steps: [],
    can: { retry: false, rollBack: false, cancel: true, remove: false, needsPassword: false },
    ...some,
  };
}
