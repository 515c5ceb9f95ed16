import type { Clock } from "#main/clock.ts";
import type { Unsubscribe } from "#shared/contract/events.ts";

/** How often the clocks are compared, and by how much they may part before it counts as a suspend. */
const LOOK_MS = 5_000;
const JUMP_MS = 30_000;

/**
 * Calls `onSuspend` when the computer seems to have been asleep (D16: the system's own notice can be missed). Either the wall
 * clock has run away from the monotonic one, which stands still in sleep on Linux and macOS, or the timer itself is late,
 * as on Windows. A wall clock that somebody set by half a minute or more locks the vault too; that is harmless.
 */
export function watchForSuspend(clock: Clock, onSuspend: () => void): Unsubscribe {
  let wall = clock.now();
  let steady = clock.monotonic();
  return clock.every(LOOK_MS, () => {
    const wallPassed = clock.now() - wall;
    const steadyPassed = clock.monotonic() - steady;
    wall += wallPassed;
    steady += steadyPassed;
    if (Math.abs(wallPassed - steadyPassed) > JUMP_MS || steadyPassed - LOOK_MS > JUMP_MS) onSuspend();
  });
}
