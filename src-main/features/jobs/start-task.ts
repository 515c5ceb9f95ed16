import { randomId } from "#main/crypto/random.ts";
import { SecretBytes } from "#main/crypto/secret-bytes.ts";
import type { WritableDb } from "#main/database/brands.ts";
import type { Call } from "#main/dispatch/handlers.ts";
import type { Task } from "#shared/models/task.ts";
import type { Job, JobMemory } from "./job.ts";
import { insertTask, type StepRow, type TaskRow, toTask } from "./task-repository.ts";
import { disposeSecrets, sealMemory, sealSecrets, type TaskSecrets } from "./task-secrets.ts";

export interface TaskWish {
  readonly kind: TaskRow["kind"];
  readonly title: string;
  readonly server: { readonly id: string; readonly name: string };
  readonly keypair: { readonly id: string; readonly name: string };
  readonly params: JobMemory;
  /** Absent values are left out. */
  readonly secrets: Readonly<Record<string, string | undefined>>;
}

export function gatherSecrets(given: Readonly<Record<string, string | undefined>>): TaskSecrets {
  const secrets: TaskSecrets = new Map();
  for (const [name, value] of Object.entries(given))
    if (value !== undefined) secrets.set(name, SecretBytes.fromText(value));
  return secrets;
}

/** A new task, queued: what it looks like, and the change that stores it. Secrets are sealed at once and wiped here. */
export function newTask(
  call: Call,
  job: Pick<Job, "steps">,
  wish: TaskWish,
): { readonly task: Task; readonly store: (tx: WritableDb) => Promise<void> } {
  const id = randomId();
  const now = call.clock.now();
  const secrets = gatherSecrets(wish.secrets);
  const row: TaskRow = {
    id,
    kind: wish.kind,
    title: wish.title,
    state: "queued",
    serverId: wish.server.id,
    keypairId: wish.keypair.id,
    operatorId: call.session.userId,
    operatorName: call.session.userName,
    createdAt: now,
    updatedAt: now,
    endedAt: null,
    workedMs: 0,
    runningSince: null,
    attempt: 1,
    causeJson: null,
    paramsJson: JSON.stringify(wish.params),
    memorySealed: sealMemory(call.vault, id, 1, {}),
    secretsSealed: sealSecrets(call.vault, id, 1, secrets),
    sealVersion: 1,
  };
  disposeSecrets(secrets);
  const names = job.steps.map((step) => step.name);
  const waiting = names.map(
    (name, position): StepRow => ({
      taskId: id,
      position,
      name,
      state: "waiting",
      startedAt: null,
      endedAt: null,
      proof: null,
      serverText: null,
      undo: null,
    }),
  );
  return {
    task: toTask({ ...row, serverName: wish.server.name, keypairName: wish.keypair.name }, waiting),
    store: (tx) => insertTask(tx, row, names),
  };
}
