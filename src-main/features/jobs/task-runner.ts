import type { Clock } from "#main/clock.ts";
import { randomId } from "#main/crypto/random.ts";
import type { OpenVault } from "#main/features/vault/index.ts";
import { type ErrorPayload, isKeysteadError, KeysteadError } from "#shared/errors/keystead-error.ts";
import type { Task } from "#shared/models/task.ts";
import type { Job } from "./job.ts";
import { TaskRecord } from "./task-record.ts";
import { ACTIVE, findTask } from "./task-repository.ts";
import { TaskRun } from "./task-run.ts";

type Bench = { close(): Promise<void> };

export interface RunnerParts {
  readonly clock: Clock;
  readonly jobs: readonly Job<Bench>[];
  /** A task has moved: told to the consoles. */
  readonly onTask: (task: Task) => void;
  readonly logBug: (reference: string, error: unknown) => void;
  /** How long locking waits for steps to reach their end before it aborts them; default 10 s. */
  readonly pauseMs?: number;
}

/** A bind waits for its server most of the time, and costs some 40 ms of our own CPU: enough at once to hide the waiting. */
const PARALLEL = 24;
const PAUSE_MS = 10_000;

interface Live {
  readonly done: Promise<void>;
  readonly abort: AbortController;
  wish: "go-on" | "pause" | "cancel";
  /** Its last state is on the disk. */
  ended: boolean;
  step: { readonly position: number; readonly startedAt: number } | undefined;
}

/** Runs tasks of every kind, some at once, and knows which step each is at. Nothing here outlives the open vault. */
export class TaskRunner {
  readonly #parts: RunnerParts;
  readonly #live = new Map<string, Live>();
  readonly #queue: (() => void)[] = [];
  /** Vaults that are being locked: nothing begins in them any more. */
  readonly #closing = new WeakSet<OpenVault>();
  #running = 0;

  constructor(parts: RunnerParts) {
    this.#parts = parts;
  }

  jobOf(kind: string): Job<Bench> {
    const job = this.#parts.jobs.find((candidate) => candidate.kind === kind);
    if (job === undefined) throw new TypeError(`No job of kind ${kind}`);
    return job;
  }

  /** Call once the task is durable. Its end is told by `onTask`; the promise of `ended` never rejects. */
  start(vault: OpenVault, id: string, direction: "forwards" | "backwards"): void {
    const abort = new AbortController();
    const { promise, resolve } = Promise.withResolvers<void>();
    const wish = this.#closing.has(vault) ? "pause" : "go-on";
    const live: Live = { done: promise, abort, wish, ended: false, step: undefined };
    this.#live.set(id, live);
    const work = async () => {
      try {
        await this.#run(vault, id, direction, live);
      } catch (error) {
        // The task's own state could not be written (disk, lock): it is found as interrupted at the next unlock.
        this.#payloadOf(error);
      }
      this.#live.delete(id);
      this.#running -= 1;
      this.#queue.shift()?.();
      await this.#tell(vault, id);
      resolve();
    };
    const begin = () => {
      this.#running += 1;
      void work();
    };
    if (this.#running < PARALLEL) begin();
    else this.#queue.push(begin);
  }

  async #run(vault: OpenVault, id: string, direction: "forwards" | "backwards", live: Live): Promise<void> {
    const record = await TaskRecord.load(vault, this.#parts.clock, id);
    const run = new TaskRun({
      record,
      job: this.jobOf(record.row.kind),
      signal: live.abort.signal,
      wish: () => live.wish,
      onStep: (position, startedAt) => {
        live.step = position === undefined ? undefined : { position, startedAt };
        live.ended = position === undefined;
        void this.#tell(vault, id);
      },
      payloadOf: (error) => this.#payloadOf(error),
    });
    if (live.wish === "pause") await run.notNow();
    else if (direction === "forwards") await run.forwards();
    else await run.backwards(undefined);
  }

  async #tell(vault: OpenVault, id: string): Promise<void> {
    try {
      this.#parts.onTask(this.decorate(await findTask(vault.read, id)));
    } catch (error) {
      // The vault closed or the task was deleted between the event and its telling; nobody is left to tell.
      if (!isKeysteadError(error) && !(error instanceof Error)) throw error;
    }
  }

  /** What the disk cannot know: which step is being worked on this moment. */
  decorate(task: Task): Task {
    const step = this.#live.get(task.id)?.step;
    if (step === undefined) return task;
    const steps = task.steps.map((each, position) =>
      position === step.position && each.state !== "done"
        ? { ...each, state: "running" as const, startedAt: step.startedAt }
        : each,
    );
    return { ...task, steps };
  }

  /** Resolves when the task is not being worked on, or after `milliseconds`. */
  async wait(id: string, milliseconds: number): Promise<void> {
    const live = this.#live.get(id);
    if (live === undefined) return;
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, milliseconds);
    await Promise.race([live.done, late.promise]);
    clearTimeout(timer);
  }

  /** A task that has ended is still ours while its connections close: resolves when they have. At once for one at work. */
  async leftAlone(id: string): Promise<void> {
    const live = this.#live.get(id);
    if (live?.ended === true) await live.done;
  }

  isLive(id: string): boolean {
    return this.#live.has(id);
  }

  get liveCount(): number {
    return this.#live.size;
  }

  /** Undoes at the next safe point. Error: `tasks/wrong-state`. */
  cancel(id: string): void {
    const live = this.#live.get(id);
    if (live === undefined)
      throw new KeysteadError("tasks/wrong-state", "This task is not running; there is nothing to cancel.", { id });
    live.wish = "cancel";
  }

  /** Before the vault closes: steps under way end or are aborted, and every task is left in a named state. None begins any more. */
  async pauseAll(vault: OpenVault): Promise<void> {
    this.#closing.add(vault);
    for (const live of this.#live.values()) if (live.wish === "go-on") live.wish = "pause";
    const timer = setTimeout(() => {
      for (const live of this.#live.values()) live.abort.abort();
    }, this.#parts.pauseMs ?? PAUSE_MS);
    // Again and again: the vault is open while it waits, and what is asked for meanwhile has to be put down too.
    while (this.#live.size > 0) await Promise.all([...this.#live.values()].map((live) => live.done));
    clearTimeout(timer);
  }

  /** After unlock: what a crash left in the middle is named so, and how many there are is told. */
  async recover(vault: OpenVault): Promise<number> {
    const left = await vault.read.selectFrom("tasks").select("id").where("state", "in", ACTIVE).execute();
    const error = new KeysteadError(
      "tasks/interrupted",
      "Keystead ended in the middle of this task. Resume it, or roll it back.",
    );
    for (const { id } of left) {
      try {
        const record = await TaskRecord.load(vault, this.#parts.clock, id);
        await record.end("interrupted", error.toJSON(), true, record.row.updatedAt);
        record.close();
      } catch (damage) {
        await this.#endDamaged(vault, id, damage);
      }
    }
    return left.length;
  }

  /** One task whose sealed values do not open must not keep the others from being named. */
  async #endDamaged(vault: OpenVault, id: string, damage: unknown): Promise<void> {
    if (!isKeysteadError(damage) || damage.code !== "vault/sealed-value-damaged") throw damage;
    const record = await TaskRecord.loadForgetful(vault, this.#parts.clock, id);
    await record.end("failed", damage.toJSON(), false, record.row.updatedAt);
  }

  #payloadOf(error: unknown): ErrorPayload {
    if (isKeysteadError(error)) return error.toJSON();
    const reference = randomId().slice(0, 8);
    this.#parts.logBug(reference, error);
    return new KeysteadError(
      "internal/bug",
      `Keystead has made a mistake. Report it with the reference ${reference}.`,
      { reference },
    ).toJSON();
  }
}
