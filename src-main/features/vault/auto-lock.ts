import type { Clock } from "#main/clock.ts";

/** The wall clock running this far ahead of the monotonic one means the machine slept (D16). */
const SLEEP_JUMP_MS = 60_000;
const TICK_MS = 1000;

export interface AutoLockParts {
  readonly clock: Clock;
  readonly lock: (reason: "idle" | "suspended") => void;
  /** Every second in which the vault stays open. */
  readonly onTick: () => void;
}

/** Watches an open vault for idleness and for sleep; once it has asked to lock it asks no more. */
export class AutoLock {
  /** Idle time allowed. */
  minutes = 0;
  readonly #parts: AutoLockParts;
  #lastActivity = 0;
  #stop: (() => void) | undefined;

  constructor(parts: AutoLockParts) {
    this.#parts = parts;
  }

  /** Somebody with a session did something. */
  touch(): void {
    this.#lastActivity = this.#parts.clock.monotonic();
  }

  /** Wall-clock time at which the vault locks itself if nothing happens. */
  get locksAt(): number {
    const idle = this.#parts.clock.monotonic() - this.#lastActivity;
    return Math.max(0, Math.round(this.#parts.clock.now() + this.minutes * 60_000 - idle));
  }

  start(): void {
    const { clock, onTick } = this.#parts;
    let lastWall = clock.now();
    let lastMonotonic = clock.monotonic();
    this.stop();
    this.touch();
    this.#stop = clock.every(TICK_MS, () => {
      const wall = clock.now();
      const monotonic = clock.monotonic();
      const slept = wall - lastWall - (monotonic - lastMonotonic) > SLEEP_JUMP_MS;
      lastWall = wall;
      lastMonotonic = monotonic;
      if (slept) this.#strike("suspended");
      else if (monotonic - this.#lastActivity > this.minutes * 60_000) this.#strike("idle");
      else onTick();
    });
  }

  stop(): void {
    this.#stop?.();
    this.#stop = undefined;
  }

  #strike(reason: "idle" | "suspended"): void {
    this.stop();
    this.#parts.lock(reason);
  }
}
