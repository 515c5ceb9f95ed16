import { expect, it } from "vitest";
import type { Clock } from "#main/clock.ts";
import { watchForSuspend } from "#main/doors/suspend-watch.ts";
import { ManualClock } from "#test/support/manual-clock.ts";

function watched() {
  const clock = new ManualClock();
  let count = 0;
  const stop = watchForSuspend(clock, () => {
    count += 1;
  });
  return { clock, stop, count: () => count };
}

it("V01 D16 notices that the wall clock ran on while the monotonic one stood still", () => {
  const { clock, count } = watched();
  clock.advance(60_000);
  clock.jumpWall(10 * 60_000);
  clock.advance(5_000);
  expect(count()).toBe(1);
  clock.advance(60_000);
  expect(count()).toBe(1);
});

it("V01 D16 notices a clock that was set back", () => {
  const { clock, count } = watched();
  clock.jumpWall(-3_600_000);
  clock.advance(5_000);
  expect(count()).toBe(1);
});

it("V01 D16 lets the small corrections of a time service pass", () => {
  const { clock, count } = watched();
  for (let round = 0; round < 50; round++) {
    clock.jumpWall(2_000);
    clock.advance(5_000);
  }
  expect(count()).toBe(0);
});

it("V01 D16 notices sleep where both clocks run on and only the timer is late", () => {
  let time = 0;
  let tick: () => void = () => undefined;
  const clock: Clock = {
    now: () => time,
    monotonic: () => time,
    every: (_milliseconds, work) => {
      tick = work;
      return () => undefined;
    },
    sleep: async () => undefined,
  };
  let count = 0;
  watchForSuspend(clock, () => {
    count += 1;
  });
  time += 5_000;
  tick();
  expect(count).toBe(0);
  time += 8 * 3_600_000;
  tick();
  expect(count).toBe(1);
});

it("V01 D16 stops when told", () => {
  const { clock, stop, count } = watched();
  stop();
  clock.jumpWall(10 * 60_000);
  clock.advance(60_000);
  expect(count()).toBe(0);
});
