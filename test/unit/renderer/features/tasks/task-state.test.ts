import { expect, it } from "vitest";
import { worked } from "#renderer/features/tasks/task-state.ts";
import { makeTask } from "#test/support/make-task.ts";

it.each([
  ["one that waits for its turn", {}, 0],
  ["a first attempt under way", { runningSince: 9_000 }, 1_000],
  ["a second attempt under way", { attempt: 2, workedMs: 5_000, runningSince: 9_000 }, 6_000],
  ["one that has ended", { attempt: 2, workedMs: 5_000, endedAt: 7_000 }, 5_000],
  ["a clock that was set back meanwhile", { workedMs: 5_000, runningSince: 11_000 }, 5_000],
])("P12 shows of %s the time it worked", (_which, some, expected) => {
  expect(worked(makeTask(some), 10_000)).toBe(expected);
});
