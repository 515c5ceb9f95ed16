import { type ErrorPayload, isKeysteadError, KeysteadError } from "#shared/errors/keystead-error.ts";
import type { Job, RunContext, Step } from "./job.ts";
import type { TaskRecord } from "./task-record.ts";
import { hasChanged } from "./task-repository.ts";

type Bench = { close(): Promise<void> };

export interface RunParts {
  readonly record: TaskRecord;
  readonly job: Job<Bench>;
  /** `abort()` when waiting for a safe point has taken too long. */
  readonly signal: AbortSignal;
  /** Asked between steps: go on, stop where it stands, or undo. */
  readonly wish: () => "go-on" | "pause" | "cancel";
  readonly onStep: (position: number | undefined, startedAt: number) => void;
  readonly payloadOf: (error: unknown) => ErrorPayload;
}

class Paused extends Error {}

/** One run of one task, forwards or back. Ends with the task in a named state on the disk, whatever happens. */
export class TaskRun {
  readonly #parts: RunParts;
  #bench: Bench | undefined;
  #position = 0;
  #startedAt = 0;

  constructor(parts: RunParts) {
    this.#parts = parts;
  }

  async forwards(): Promise<void> {
    const { record, job, wish } = this.#parts;
    try {
      await record.begin("running");
      for (const [position, step] of job.steps.entries()) {
        if (wish() === "cancel")
          throw new KeysteadError("tasks/cancelled", "The task was cancelled; what it had changed is being undone.");
        if (wish() === "pause") throw new Paused();
        await this.#step(position, step);
      }
      await record.end("done", undefined, false);
    } catch (error) {
      await this.#stopped(error);
    } finally {
      await this.#leave();
    }
  }

  async backwards(cause: (ErrorPayload & { readonly step?: string }) | undefined): Promise<void> {
    try {
      await this.#undoAll(cause, "rolled-back");
    } finally {
      await this.#leave();
    }
  }

  /** For a task whose vault is being locked before it could begin. */
  async notNow(): Promise<void> {
    try {
      await this.#interrupted();
    } finally {
      await this.#leave();
    }
  }

  async #step(position: number, step: Step<Bench>): Promise<void> {
    const { record, onStep } = this.#parts;
    const startedAt = record.clock.now();
    this.#position = position;
    this.#startedAt = startedAt;
    onStep(position, startedAt);
    const proof = await step.run(await this.#openBench());
    await record.stepEnded(position, startedAt, proof, "done");
  }

  async #stopped(error: unknown): Promise<void> {
    const { record, job, signal, payloadOf } = this.#parts;
    if (error instanceof Paused || signal.aborted) {
      await this.#interrupted();
      return;
    }
    const payload = payloadOf(error);
    const name = job.steps[this.#position]?.name;
    const cause = { ...payload, ...(name === undefined ? {} : { step: name }) };
    const cancelled = payload.code === "tasks/cancelled";
    if (!cancelled) await record.stepFailed(this.#position, this.#startedAt, "failed", payload, serverTextOf(error));
    await record.destroySecrets(job.refusedSecrets(payload.code));
    if (hasChanged(record.steps)) await this.#undoAll(cause, cancelled ? "cancelled" : "rolled-back");
    else await record.end(cancelled ? "cancelled" : "failed", cause, false);
  }

  async #interrupted(): Promise<void> {
    const error = new KeysteadError(
      "tasks/interrupted",
      "The vault was locked in the middle. Resume the task, or roll it back.",
    );
    await this.#parts.record.end("interrupted", error.toJSON(), true);
  }

  /** Newest first, and only what was changed. A first undo that fails stops the others: they may depend on it. */
  async #undoAll(
    cause: (ErrorPayload & { readonly step?: string }) | undefined,
    end: "rolled-back" | "cancelled",
  ): Promise<void> {
    const { record, job, onStep, payloadOf, signal } = this.#parts;
    await record.begin("rolling-back");
    for (const [position, step] of [...job.steps.entries()].reverse()) {
      const row = record.steps[position];
      if (row === undefined || step.undo === undefined || !hasChanged([row])) continue;
      const startedAt = record.clock.now();
      onStep(position, startedAt);
      try {
        const proof = await step.undo(await this.#openBench());
        await record.stepEnded(position, startedAt, { ...proof, skipped: false }, "undone");
      } catch (error) {
        if (signal.aborted) {
          await this.#interrupted();
          return;
        }
        const payload = payloadOf(error);
        await record.stepFailed(position, startedAt, "undo-failed", payload, serverTextOf(error));
        const message = `${cause === undefined ? "" : `${cause.message} `}Undoing “${step.name}” failed: ${payload.message} The server is as the steps say; roll back again when it can be reached.`;
        await record.end("rollback-failed", { ...payload, message, step: step.name }, true);
        return;
      }
    }
    await record.end(end, cause, false);
  }

  async #openBench(): Promise<Bench> {
    this.#bench ??= await this.#parts.job.open(this.#context());
    return this.#bench;
  }

  #context(): RunContext {
    const { record, signal, job } = this.#parts;
    const { row } = record;
    return {
      taskId: row.id,
      attempt: row.attempt,
      vault: record.vault,
      clock: record.clock,
      signal,
      operatorId: row.operatorId,
      serverId: row.serverId ?? undefined,
      keypairId: row.keypairId ?? undefined,
      params: JSON.parse(row.paramsJson),
      get memory() {
        return record.memory;
      },
      secrets: record.secrets,
      remember: (patch) => record.remember(this.#position, job.steps[this.#position]?.undoes ?? "", patch),
    };
  }

  async #leave(): Promise<void> {
    this.#parts.onStep(undefined, 0);
    try {
      await this.#bench?.close();
    } finally {
      this.#parts.record.close();
    }
  }
}

function serverTextOf(error: unknown): string | undefined {
  if (!isKeysteadError(error)) return undefined;
  const text = error.details.serverText;
  return typeof text === "string" ? text : undefined;
}
