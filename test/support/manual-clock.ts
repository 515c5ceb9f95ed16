import type { Clock } from "#main/clock.ts";

/** A clock that moves only when told to; timers fire in order on the way. */
export class ManualClock implements Clock {
  #time = 1_800_000_000_000;
  #wall = 0;
  readonly #timers = new Set<{ next: number; readonly every: number | undefined; readonly work: () => void }>();

  now(): number {
    return this.#time + this.#wall;
  }

  monotonic(): number {
    return this.#time;
  }

  every(milliseconds: number, work: () => void): () => void {
    const timer = { next: this.#time + milliseconds, every: milliseconds, work };
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }

  sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      this.#timers.add({ next: this.#time + milliseconds, every: undefined, work: resolve });
    });
  }

  advance(milliseconds: number): void {
    const end = this.#time + milliseconds;
    for (;;) {
      const due = [...this.#timers].filter(({ next }) => next <= end).sort((a, b) => a.next - b.next)[0];
      if (!due) break;
      this.#time = due.next;
      if (due.every === undefined) this.#timers.delete(due);
      else due.next += due.every;
      due.work();
    }
    this.#time = end;
  }

  /** Sets the wall clock alone, as a wake-up from suspend or a person would. */
  jumpWall(milliseconds: number): void {
    this.#wall += milliseconds;
  }
}
