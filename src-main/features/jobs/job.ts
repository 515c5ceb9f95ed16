import type { Clock } from "#main/clock.ts";
import type { SecretBytes } from "#main/crypto/secret-bytes.ts";
import type { WritableDb } from "#main/database/brands.ts";
import type { OpenVault } from "#main/features/vault/index.ts";
import type { TaskKind } from "#shared/models/task.ts";

/** JSON that outlives a crash: what later steps, a resume or a rollback need. Sealed at rest. */
export type JobMemory = Readonly<Record<string, unknown>>;

/** What a run of a task works with. Everything here is durable or can be had again after a crash. */
export interface RunContext {
  readonly taskId: string;
  readonly attempt: number;
  readonly vault: OpenVault;
  readonly clock: Clock;
  /** Aborted when the vault locks and will not wait, or the process ends. */
  readonly signal: AbortSignal;
  readonly operatorId: string;
  readonly serverId: string | undefined;
  readonly keypairId: string | undefined;
  readonly params: JobMemory;
  readonly memory: JobMemory;
  /** Passwords given for this task; a name that was not given, or was refused and destroyed, is absent. */
  readonly secrets: ReadonlyMap<string, SecretBytes>;
  /**
   * Makes `patch` part of `memory`, durably, before this resolves. Call it BEFORE the outside is changed, with what an undo
   * will need: a crash in between must find it.
   */
  remember(patch: JobMemory): Promise<void>;
}

/** What a step shows for itself. */
export interface StepProof {
  /** A sentence: what was seen that proves the step. */
  readonly proof: string;
  /** The server's own words, bounded by the runner. */
  readonly serverText?: string | undefined;
  /** Nothing was to be done: shown as skipped. */
  readonly skipped?: boolean;
  /** Committed together with the step's end and its trace. */
  readonly change?: (tx: WritableDb) => Promise<void>;
}

/**
 * One named step. `run` is idempotent: a resumed task runs every step again, and one whose work stands already proves just
 * that. `undo` takes back what `memory` says this task changed, and nothing else; absent when the step changes nothing.
 */
export interface Step<Bench> {
  readonly name: string;
  /** What a rollback of this step does, in a few words. */
  readonly undoes?: string;
  run(bench: Bench): Promise<StepProof>;
  undo?(bench: Bench): Promise<StepProof>;
}

/** A kind of task: its steps, and the bench (connections, parsed state) one run of them shares. */
export interface Job<Bench extends { close(): Promise<void> } = { close(): Promise<void> }> {
  readonly kind: TaskKind;
  readonly steps: readonly Step<Bench>[];
  open(context: RunContext): Promise<Bench>;
  /** Which secrets a failure has shown to be wrong: they are destroyed, never tried again (B55). */
  refusedSecrets(errorCode: string): readonly string[];
}
