/**
 * Runs work side by side, at most `most` at once, and one at a time what must be alone. `take` resolves when there is room,
 * which is what slows the reader of the input down.
 */
export class Lanes {
  readonly #most: number;
  readonly #running = new Set<Promise<void>>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Starts `work` once there is room; resolves when it has started, or, alone, when it has ended. `work` never rejects. */
  async take(work: () => Promise<void>, alone: boolean): Promise<void> {
    if (alone) {
      await this.idle();
      await work();
      return;
    }
    while (this.#running.size >= this.#most) await Promise.race(this.#running);
    const run = work().finally(() => this.#running.delete(run));
    this.#running.add(run);
  }

  /** Resolves when nothing is running. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }
}
