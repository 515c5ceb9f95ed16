import type { Clock } from "#main/clock.ts";
import { randomId } from "#main/crypto/random.ts";
import type { WritableDb } from "#main/database/brands.ts";
import type { TraceDraft } from "#main/features/audit/index.ts";
import type { OpenVault } from "#main/features/vault/index.ts";
import type { ErrorPayload } from "#shared/errors/keystead-error.ts";
import type { TaskState } from "#shared/models/task.ts";
import type { JobMemory, StepProof } from "./job.ts";
import { findTaskRow, type StepRow, stepsOf, type TaskRow, updateStep, updateTask } from "./task-repository.ts";
import {
  disposeSecrets,
  sealMemory,
  sealSecrets,
  type TaskSecrets,
  unsealMemory,
  unsealSecrets,
} from "./task-secrets.ts";
import { shownCause } from "./task-state.ts";
import { TRACED } from "./task-traces.ts";

/** The server's own words are evidence, not a log file. */
const SERVER_TEXT_MAX = 4000;

interface TraceWords {
  readonly step: string;
  readonly answer: object;
  readonly error?: ErrorPayload;
}

/**
 * One task while it is worked on: its row, its steps, its sealed memory. Every method is one commit of the change and its trace,
 * durable when it resolves.
 */
export class TaskRecord {
  readonly vault: OpenVault;
  readonly clock: Clock;
  readonly row: TaskRow & { readonly serverName: string | null };
  readonly steps: readonly StepRow[];
  readonly secrets: TaskSecrets;
  #memory: JobMemory;
  #sealVersion: number;
  #runningSince: number | null;

  private constructor(
    vault: OpenVault,
    clock: Clock,
    row: TaskRow & { readonly serverName: string | null },
    steps: readonly StepRow[],
    sealed: Pick<TaskRow, "memorySealed" | "secretsSealed">,
  ) {
    this.vault = vault;
    this.clock = clock;
    this.row = row;
    this.steps = steps;
    this.#sealVersion = row.sealVersion;
    this.#runningSince = row.runningSince;
    this.#memory = unsealMemory(vault, row.id, row.sealVersion, sealed.memorySealed);
    this.secrets = unsealSecrets(vault, row.id, row.sealVersion, sealed.secretsSealed);
  }

  /** Error: `vault/sealed-value-damaged` when its memory or passwords do not open. */
  static async load(vault: OpenVault, clock: Clock, id: string): Promise<TaskRecord> {
    const row = await findTaskRow(vault.read, id);
    return new TaskRecord(vault, clock, row, await stepsOf(vault.read, id), row);
  }

  /** Without its memory and passwords, to end a task whose sealed values are damaged. */
  static async loadForgetful(vault: OpenVault, clock: Clock, id: string): Promise<TaskRecord> {
    const nothing = { memorySealed: null, secretsSealed: null };
    return new TaskRecord(vault, clock, await findTaskRow(vault.read, id), await stepsOf(vault.read, id), nothing);
  }

  get id(): string {
    return this.row.id;
  }

  get memory(): JobMemory {
    return this.#memory;
  }

  /** The intent of a step (D22): what its undo needs is durable before the server is touched. */
  async remember(position: number, undoes: string, patch: JobMemory): Promise<void> {
    this.#memory = { ...this.#memory, ...patch };
    const sealed = this.#reseal();
    await this.#commit(
      {
        step: this.#nameOf(position),
        answer: { intent: undoes === "" ? "about to change the server" : `undo: ${undoes}` },
      },
      async (tx) => {
        await updateTask(tx, this.id, { ...sealed, updatedAt: this.clock.now() });
        await updateStep(tx, this.id, position, { state: "running", undo: undoes === "" ? null : undoes });
      },
    );
    this.#patchStep(position, { state: "running", undo: undoes === "" ? null : undoes });
  }

  async begin(state: TaskState): Promise<void> {
    const now = this.clock.now();
    // A run that turns back goes on counting.
    this.#runningSince ??= now;
    const runningSince = this.#runningSince;
    await this.#commit({ step: "begin", answer: { state } }, (tx) =>
      updateTask(tx, this.id, { state, causeJson: null, endedAt: null, updatedAt: now, runningSince }),
    );
  }

  async stepEnded(position: number, startedAt: number, proof: StepProof, state: "done" | "undone"): Promise<void> {
    const ended: Partial<StepRow> = {
      state: proof.skipped === true ? "skipped" : state,
      startedAt,
      endedAt: this.clock.now(),
      proof: proof.proof,
      // An undo leaves what the server said when the step failed: it is the reason (B61).
      ...(state === "undone" && proof.serverText === undefined
        ? {}
        : { serverText: proof.serverText?.slice(0, SERVER_TEXT_MAX) ?? null }),
    };
    const words = { step: this.#nameOf(position), answer: { state: ended.state, proof: proof.proof } };
    await this.#commit(words, async (tx) => {
      await updateStep(tx, this.id, position, ended);
      await updateTask(tx, this.id, { updatedAt: this.clock.now() });
      await proof.change?.(tx);
    });
    this.#patchStep(position, ended);
  }

  async stepFailed(
    position: number,
    startedAt: number,
    state: "failed" | "undo-failed",
    error: ErrorPayload,
    serverText: string | undefined,
  ): Promise<void> {
    const failed: Partial<StepRow> = {
      state,
      startedAt,
      endedAt: this.clock.now(),
      proof: error.message,
      serverText: serverText?.slice(0, SERVER_TEXT_MAX) ?? null,
    };
    const words = { step: this.#nameOf(position), answer: { state, code: error.code, message: error.message }, error };
    await this.#commit(words, (tx) => updateStep(tx, this.id, position, failed));
    this.#patchStep(position, failed);
  }

  /** The secrets of these names have been refused: gone from the disk with this commit, never tried again. */
  async destroySecrets(names: readonly string[]): Promise<void> {
    const present = names.filter((name) => this.secrets.has(name));
    if (present.length === 0) return;
    for (const name of present) {
      this.secrets.get(name)?.dispose();
      this.secrets.delete(name);
    }
    const sealed = this.#reseal();
    await this.#commit({ step: "destroy-secrets", answer: { destroyed: present } }, (tx) =>
      updateTask(tx, this.id, sealed),
    );
  }

  /**
   * `keep`: passwords and memory stay for a resume or a rollback. Without it both are destroyed: another attempt starts anew,
   * and must not believe what was true before a rollback. `workedUntil`: when its process was last seen at work, if that has ended.
   */
  async end(
    state: TaskState,
    cause: (ErrorPayload & { readonly step?: string }) | undefined,
    keep: boolean,
    workedUntil = this.clock.now(),
  ): Promise<void> {
    if (!keep) {
      disposeSecrets(this.secrets);
      this.secrets.clear();
      this.#memory = {};
    }
    const sealed = this.#reseal();
    const shown = cause === undefined ? null : shownCause(cause);
    const words: TraceWords = {
      step: "end",
      answer: { state, ...(shown ?? {}) },
      ...(cause === undefined ? {} : { error: cause }),
    };
    const now = this.clock.now();
    await this.#commit(words, (tx) =>
      updateTask(tx, this.id, {
        ...sealed,
        state,
        causeJson: shown === null ? null : JSON.stringify(shown),
        updatedAt: now,
        endedAt: now,
        workedMs: this.row.workedMs + Math.max(0, workedUntil - (this.#runningSince ?? workedUntil)),
        runningSince: null,
      }),
    );
  }

  close(): void {
    disposeSecrets(this.secrets);
  }

  #nameOf(position: number): string {
    return this.steps[position]?.name ?? String(position);
  }

  #patchStep(position: number, change: Partial<StepRow>): void {
    const step = this.steps[position];
    if (step !== undefined) Object.assign(step, change);
  }

  // Both columns carry the same version in their associated data, so an older value put back does not open.
  #reseal(): Pick<TaskRow, "memorySealed" | "secretsSealed" | "sealVersion"> {
    this.#sealVersion += 1;
    return {
      memorySealed: sealMemory(this.vault, this.id, this.#sealVersion, this.#memory),
      secretsSealed: sealSecrets(this.vault, this.id, this.#sealVersion, this.secrets),
      sealVersion: this.#sealVersion,
    };
  }

  #commit(words: TraceWords, change: (tx: WritableDb) => Promise<void>): Promise<void> {
    const { row } = this;
    const trace: TraceDraft = {
      id: randomId(),
      time: this.clock.now(),
      name: TRACED[row.kind].name,
      operation: `${TRACED[row.kind].operation}#${words.step}`,
      effect: "change",
      operatorId: row.operatorId,
      operatorName: row.operatorName,
      source: "task",
      resourceType: "server",
      resourceId: row.serverId ?? "",
      resourceName: row.serverName ?? "",
      status: words.error === undefined ? "normal" : "warning",
      outcome: words.error === undefined ? "allowed" : "failed",
      code: words.error?.code ?? "",
      request: JSON.stringify({ taskId: row.id, attempt: row.attempt }),
      answer: JSON.stringify(words.answer),
    };
    return this.vault.commits.submit({
      change,
      trace,
      onFailure: () => ({ ...trace, outcome: "failed", status: "incident", code: "internal/bug" }),
    });
  }
}
