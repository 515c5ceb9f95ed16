import type { Call, Handler, HandlerTable, Outcome, Resource } from "#main/dispatch/handlers.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import type { Task, TaskState } from "#shared/models/task.ts";
import { standsOnServer } from "#shared/task-rules.ts";
import { gatherSecrets } from "./start-task.ts";
import {
  assertMachineFree,
  deleteTask,
  findTask,
  findTaskRow,
  hasChanged,
  listTasks,
  stepsOf,
  updateStep,
  updateTask,
} from "./task-repository.ts";
import type { TaskRunner } from "./task-runner.ts";
import { disposeSecrets, sealMemory, sealSecrets, unsealMemory, unsealSecrets } from "./task-secrets.ts";
import { isSettled } from "./task-state.ts";

export type { Job, JobMemory, RunContext, Step, StepProof } from "./job.ts";
export { newTask } from "./start-task.ts";
export { assertKeypairFree, assertMachineFree, assertServerFree } from "./task-repository.ts";
export { TaskRunner } from "./task-runner.ts";

function resourceOf(task: Pick<Task, "id" | "title">): Resource {
  return { type: "task", id: task.id, name: task.title };
}

function refuseUnless(allowed: boolean, task: Task, what: string): void {
  if (!allowed)
    throw new KeysteadError("tasks/wrong-state", `This task cannot be ${what} while it is ${task.state}.`, {
      id: task.id,
      state: task.state,
    });
}

const stepsLeft = (task: Task) => task.steps.filter(standsOnServer).map((step) => step.name);

/** With the task goes its undo: what stands half done on a server is left there only when that is asked for by name. */
function refuseRemoval(task: Task, leaveChanges: boolean): void {
  if (!task.can.rollBack) refuseUnless(task.can.remove, task, "deleted");
  if (!task.can.rollBack || leaveChanges) return;
  const left = stepsLeft(task);
  throw new KeysteadError(
    "tasks/wrong-state",
    `What this task changed is still on the server (${left.join(", ")}), and only the task can undo it. Roll it back first; delete it with leaveChanges only when the server is gone for good.`,
    { id: task.id, state: task.state, left },
  );
}

/** Passwords given again replace the kept ones; the others stay. */
function again(
  runner: TaskRunner,
  direction: "forwards" | "backwards",
): Handler<"tasks", "retry"> & Handler<"tasks", "rollBack"> {
  return async (
    params: { id: string; password?: string | undefined; sudoPassword?: string | undefined },
    call: Call,
  ): Promise<Outcome<Task>> => {
    const { vault } = call;
    const what = direction === "forwards" ? "retried" : "rolled back";
    await runner.leftAlone(params.id);
    const task = await findTask(vault.read, params.id);
    refuseUnless(direction === "forwards" ? task.can.retry : task.can.rollBack, task, what);
    const row = await findTaskRow(vault.read, task.id);
    const secrets = unsealSecrets(vault, row.id, row.sealVersion, row.secretsSealed);
    for (const [name, secret] of gatherSecrets({ password: params.password, sudoPassword: params.sudoPassword }))
      secrets.set(name, secret);
    const sealVersion = row.sealVersion + 1;
    const change = {
      state: "queued" as TaskState,
      attempt: row.attempt + 1,
      causeJson: null,
      endedAt: null,
      updatedAt: call.clock.now(),
      sealVersion,
      memorySealed: sealMemory(
        vault,
        row.id,
        sealVersion,
        unsealMemory(vault, row.id, row.sealVersion, row.memorySealed),
      ),
      secretsSealed: sealSecrets(vault, row.id, sealVersion, secrets),
    };
    disposeSecrets(secrets);
    const { cause: _cause, endedAt: _endedAt, ...queued } = task;
    return {
      result: {
        ...queued,
        state: "queued",
        attempt: change.attempt,
        can: { ...task.can, retry: false, rollBack: false, remove: false, cancel: true, needsPassword: false },
      },
      resource: resourceOf(task),
      change: async (tx) => {
        // Looked at inside the transaction: two of these at once must not both start, nor one beside another task (B17).
        const now = await findTaskRow(tx, row.id);
        refuseUnless(now.state === row.state && now.attempt === row.attempt, await findTask(tx, row.id), what);
        if (row.serverId !== null)
          await assertMachineFree(tx, { id: row.serverId, name: row.serverName ?? "" }, row.id);
        await updateTask(tx, row.id, change);
        if (direction === "forwards") await freshSteps(tx, row.id);
      },
      afterwards: () => runner.start(vault, row.id, direction),
      changed: ["tasks"],
    };
  };
}

/** A new attempt shows its own steps; what an earlier one changed and not undid keeps its undo. */
async function freshSteps(tx: Parameters<typeof updateStep>[0], taskId: string): Promise<void> {
  for (const step of await stepsOf(tx, taskId)) {
    const kept = hasChanged([step]) ? { state: "running" } : { state: "waiting", undo: null };
    await updateStep(tx, taskId, step.position, {
      ...kept,
      startedAt: null,
      endedAt: null,
      proof: null,
      serverText: null,
    });
  }
}

export function taskHandlers(runner: TaskRunner): HandlerTable["tasks"] {
  const shown = async (call: Call, id: string) => runner.decorate(await findTask(call.vault.read, id));
  return {
    list: async (_params, call) => ({
      result: { tasks: (await listTasks(call.vault.read)).map((task) => runner.decorate(task)) },
    }),
    get: async (params, call) => {
      const task = await shown(call, params.id);
      return { result: task, resource: resourceOf(task) };
    },
    wait: async (params, call) => {
      await findTaskRow(call.vault.read, params.id);
      await runner.wait(params.id, params.seconds * 1000);
      const task = await shown(call, params.id);
      return { result: task, resource: resourceOf(task) };
    },
    retry: again(runner, "forwards"),
    rollBack: again(runner, "backwards"),
    cancel: async (params, call) => {
      const task = await shown(call, params.id);
      refuseUnless(task.can.cancel, task, "cancelled");
      return { result: task, resource: resourceOf(task), afterwards: () => runner.cancel(task.id), changed: ["tasks"] };
    },
    remove: async (params, call) => {
      await runner.leftAlone(params.id);
      const task = await findTask(call.vault.read, params.id);
      refuseRemoval(task, params.leaveChanges);
      return {
        result: { id: task.id, left: task.can.rollBack ? stepsLeft(task) : [] },
        resource: resourceOf(task),
        change: async (tx) => {
          refuseRemoval(await findTask(tx, task.id), params.leaveChanges);
          await deleteTask(tx, task.id);
        },
        changed: ["tasks", "servers"],
      };
    },
    removeEnded: async (params, call) => {
      const ended = (await listTasks(call.vault.read)).filter(
        (task) =>
          !runner.isLive(task.id) &&
          task.can.remove &&
          (isSettled(task.state) || (params.includeFailed && task.state === "failed")),
      );
      return {
        result: { removed: ended.length },
        change: async (tx) => {
          for (const { id } of ended) if ((await findTask(tx, id)).can.remove) await deleteTask(tx, id);
        },
        changed: ["tasks", "servers"],
      };
    },
  };
}
