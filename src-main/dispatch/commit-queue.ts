import type { WritableDb } from "#main/database/brands.ts";
import { TransactionLost, type VaultDatabase } from "#main/database/open.ts";
import type { Ledger } from "#main/features/audit/ledger.ts";
import type { TraceDraft } from "#main/features/audit/trace-record.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";

export interface Commit {
  readonly change?: ((tx: WritableDb) => Promise<void>) | undefined;
  readonly trace: TraceDraft;
  /** The trace that stands instead when the change throws. */
  readonly onFailure: (error: unknown) => TraceDraft;
}

interface Waiting extends Commit {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Most commits in one transaction: bounds how long a reader waits. */
const BATCH = 256;

/**
 * The only writer. Whatever waits when a transaction starts goes into it together: each change in a savepoint of its own, then
 * all traces, then one fsync; every caller is answered after it. A change and its trace stand or fall together (D22).
 */
export class CommitQueue {
  readonly #db: VaultDatabase;
  readonly #ledger: Ledger;
  readonly #waiting: Waiting[] = [];
  #flushing: Promise<void> | undefined;
  #closed = false;

  constructor(db: VaultDatabase, ledger: Ledger) {
    this.#db = db;
    this.#ledger = ledger;
  }

  /**
   * Resolves when change and trace are durable. Rejects with what the change threw (its failure is then traced), or with
   * `vault/disk-failed`, and then neither is there. `vault/locked` after `close`.
   */
  submit(commit: Commit): Promise<void> {
    if (this.#closed) return Promise.reject(lockedMeanwhile());
    const done = new Promise<void>((resolve, reject) => {
      this.#waiting.push({ ...commit, resolve, reject });
    });
    this.#flushing ??= this.#flush();
    return done;
  }

  /** Takes no more, and resolves when everything taken before has been answered. */
  async close(): Promise<void> {
    this.#closed = true;
    while (this.#flushing !== undefined) await this.#flushing;
  }

  async #flush(): Promise<void> {
    // One turn of the loop, so that callers of the same turn share the transaction.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) await this.#commit(this.#waiting.splice(0, BATCH));
    this.#flushing = undefined;
  }

  async #commit(batch: readonly Waiting[]): Promise<void> {
    const failures = new Map<Waiting, unknown>();
    try {
      const head = await this.#db.transaction(async (tx, part) => {
        failures.clear();
        const traces: TraceDraft[] = [];
        for (const commit of batch) {
          const { change } = commit;
          try {
            if (change !== undefined) await part(() => change(tx));
            traces.push(commit.trace);
          } catch (error) {
            if (error instanceof TransactionLost) throw error;
            failures.set(commit, error);
            traces.push(commit.onFailure(error));
          }
        }
        return this.#ledger.append(tx, traces);
      });
      this.#ledger.advance(head);
    } catch (error) {
      for (const commit of batch) commit.reject(error);
      return;
    }
    for (const commit of batch) {
      if (failures.has(commit)) commit.reject(failures.get(commit));
      else commit.resolve();
    }
  }
}

function lockedMeanwhile(): KeysteadError {
  return new KeysteadError(
    "vault/locked",
    "The vault was locked before this was done; nothing was changed. Unlock it and try again.",
  );
}
