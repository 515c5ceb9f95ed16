import { appendFileSync, existsSync, readFileSync, rmSync, statSync } from "node:fs";
import type { Clock } from "#main/clock.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";

/** Beyond this the note says “at least”: nobody can fill the disk by knocking. */
const NOTE_MAX_BYTES = 65_536;
const FREE_TRIES = 3;
const LONGEST_WAIT_MS = 30_000;

/**
 * Wrong passwords cost time, and are not forgotten: while the vault is locked its traces cannot be written, so each refusal
 * is noted beside it and traced at the next unlock. The note is not authenticated and says only what it says.
 */
export class UnlockFailures {
  readonly #file: string;
  readonly #clock: Clock;
  #inARow = 0;
  #notBefore = 0;

  constructor(file: string, clock: Clock) {
    this.#file = file;
    this.#clock = clock;
  }

  /** Error: `access/too-many-attempts` with `retryAfterSeconds`. Call before the password is looked at. */
  refuseHaste(): void {
    const wait = this.#notBefore - this.#clock.monotonic();
    if (wait <= 0) return;
    const retryAfterSeconds = Math.ceil(wait / 1000);
    throw new KeysteadError(
      "access/too-many-attempts",
      `Too many wrong passwords or PINs. Wait ${retryAfterSeconds} seconds and try again.`,
      { retryAfterSeconds },
    );
  }

  wrongPassword(): void {
    this.#inARow += 1;
    if (this.#inARow < FREE_TRIES) return;
    const wait = Math.min(LONGEST_WAIT_MS, 1000 * 2 ** (this.#inARow - FREE_TRIES));
    this.#notBefore = this.#clock.monotonic() + wait;
  }

  rightPassword(): void {
    this.#inARow = 0;
    this.#notBefore = 0;
  }

  /** Notes one refusal, durably. Error: `vault/disk-failed`. */
  note(operation: string, code: string, door: string): void {
    try {
      if (existsSync(this.#file) && statSync(this.#file).size > NOTE_MAX_BYTES) return;
      const line = JSON.stringify({ time: this.#clock.now(), operation, code, door });
      appendFileSync(this.#file, `${line}\n`, { mode: 0o600, flush: true });
    } catch (cause) {
      throw new KeysteadError(
        "vault/disk-failed",
        "The request was refused, and the refusal could not be noted beside the vault. Check the disk's space and the folder's permissions.",
        { file: this.#file },
        { cause },
      );
    }
  }

  /** What was noted since the last unlock, counted by code; empty when nothing was. */
  noted(): Readonly<Record<string, number>> {
    if (!existsSync(this.#file)) return {};
    const counts: Record<string, number> = {};
    for (const line of readFileSync(this.#file, "utf8").split("\n")) {
      const code = /"code":"([a-z/-]{1,60})"/.exec(line)?.[1];
      if (code !== undefined) counts[code] = (counts[code] ?? 0) + 1;
    }
    return counts;
  }

  /** Once they are traced. */
  clear(): void {
    rmSync(this.#file, { force: true });
  }
}
