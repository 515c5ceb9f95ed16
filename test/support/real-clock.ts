import { ManualClock } from "./manual-clock.ts";

/** Real time, which servers need, whose wall can be moved on; it never ticks, so that nothing locks by itself. */
export class RealClock extends ManualClock {
  #offset = 0;

  override now(): number {
    return Date.now() + this.#offset;
  }

  override monotonic(): number {
    return performance.now();
  }

  override every(): () => void {
    return () => undefined;
  }

  override sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, milliseconds));
  }

  override jumpWall(milliseconds: number): void {
    this.#offset += milliseconds;
  }
}
