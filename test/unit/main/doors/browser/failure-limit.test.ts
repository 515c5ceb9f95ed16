import { expect, it } from "vitest";
import { FailureLimit } from "#main/doors/browser/failure-limit.ts";
import { ManualClock } from "#test/support/manual-clock.ts";

it("G02 blocks at the limit and says for how long, until the oldest failure has aged out", () => {
  const clock = new ManualClock();
  const failures = new FailureLimit(clock, { limit: 3, windowMs: 60_000 });
  failures.count();
  clock.advance(20_000);
  failures.count();
  expect(failures.blockedSeconds()).toBeUndefined();
  failures.count();
  expect(failures.blockedSeconds()).toBe(40);
  clock.advance(39_999);
  expect(failures.blockedSeconds()).toBe(1);
  clock.advance(1);
  expect(failures.blockedSeconds()).toBeUndefined();
  failures.count();
  expect(failures.blockedSeconds()).toBe(20);
});
