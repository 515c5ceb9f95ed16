import type { Clock } from "#main/clock.ts";

/** Counts failed proofs over a sliding time; at the limit nobody new is let in until the oldest has aged out. */
export class FailureLimit {
  readonly #clock: Clock;
  readonly #limit: number;
  readonly #windowMs: number;
  #failures: readonly number[] = [];

  constructor(clock: Clock, options: { readonly limit: number; readonly windowMs: number }) {
    this.#clock = clock;
    this.#limit = options.limit;
    this.#windowMs = options.windowMs;
  }

  count(): void {
    this.#failures = [...this.#recent(), this.#clock.monotonic()];
  }

  /** Seconds until the next attempt is looked at; undefined when it is looked at now. */
  blockedSeconds(): number | undefined {
    const recent = this.#recent();
    const oldest = recent[0];
    if (recent.length < this.#limit || oldest === undefined) return undefined;
    return Math.max(1, Math.ceil((oldest + this.#windowMs - this.#clock.monotonic()) / 1000));
  }

  /** While blocked nothing is counted, so the list never grows beyond the limit. */
  #recent(): readonly number[] {
    const since = this.#clock.monotonic() - this.#windowMs;
    return this.#failures.filter((time) => time > since);
  }
}
