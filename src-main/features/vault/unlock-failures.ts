import type { Clock } from "#main/clock.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { RefusalNote } from "./refusal-note.ts";

const FREE_TRIES = 3;
const LONGEST_WAIT_MS = 30_000;
/** Whom a wrong name was meant for, nobody knows. */
const NOBODY = "";

/** Wrong passwords cost time, whoever they were tried for, and are not forgotten (`note`). */
export class UnlockFailures {
  /** What was refused while the vault was locked. */
  readonly note: RefusalNote;
  readonly #clock: Clock;
  /** Wrong ones since the last right one, by user: somebody's own password must not give new free tries at another's. */
  readonly #inARow = new Map<string, number>();
  #notBefore = 0;

  constructor(file: string, clock: Clock) {
    this.note = new RefusalNote(file, clock);
    this.#clock = clock;
  }

  /** Error: `access/too-many-attempts` with `retryAfterSeconds`. Call before the password is looked at. */
  refuseHaste(): void {
    const wait = this.#notBefore - this.#clock.monotonic();
    if (wait <= 0) return;
    const retryAfterSeconds = Math.ceil(wait / 1000);
    throw new KeysteadError(
      "access/too-many-attempts",
      `Too many wrong passwords or PINs. Wait ${retryAfterSeconds === 1 ? "a second" : `${retryAfterSeconds} seconds`} and try again.`,
      { retryAfterSeconds },
    );
  }

  /** `userId` as far as it is known whose it was to be. */
  wrongPassword(userId = NOBODY): void {
    this.#inARow.set(userId, (this.#inARow.get(userId) ?? 0) + 1);
    const all = this.#all();
    if (all < FREE_TRIES) return;
    const wait = Math.min(LONGEST_WAIT_MS, 1000 * 2 ** (all - FREE_TRIES));
    this.#notBefore = this.#clock.monotonic() + wait;
  }

  rightPassword(userId: string): void {
    this.#inARow.delete(userId);
    this.#inARow.delete(NOBODY);
    if (this.#all() < FREE_TRIES) this.#notBefore = 0;
  }

  #all(): number {
    return [...this.#inARow.values()].reduce((sum, count) => sum + count, 0);
  }
}
