import { expect, it } from "vitest";
import { lineOf, sumOf } from "../../../scripts/tally.ts";

const report = (
  passed: number,
  failed: number,
  pending: number,
  files: { status: string; assertionResults: { status: string }[] }[] = [],
) => ({
  numPassedTests: passed,
  numFailedTests: failed,
  numPendingTests: pending,
  numTodoTests: 0,
  testResults: files,
});

it("counts a stage without a report as one check", () => {
  expect(sumOf(0, undefined)).toEqual({ passed: 1, failed: 0, skipped: 0 });
  expect(sumOf(124, undefined)).toEqual({ passed: 0, failed: 1, skipped: 0 });
});

it("counts a suite by its tests", () => {
  expect(sumOf(1, report(5, 2, 3))).toEqual({ passed: 5, failed: 2, skipped: 3 });
});

it("counts a file that could not be loaded, and a suite that broke without a failed test, as failures", () => {
  expect(sumOf(1, report(5, 0, 0, [{ status: "failed", assertionResults: [] }])).failed).toBe(1);
  expect(sumOf(1, report(5, 0, 0, [{ status: "passed", assertionResults: [{ status: "passed" }] }])).failed).toBe(1);
  const unprepared = { status: "failed", assertionResults: [{ status: "skipped" }, { status: "skipped" }] };
  expect(sumOf(1, report(5, 1, 2, [unprepared])).failed).toBe(2);
  const failing = { status: "failed", assertionResults: [{ status: "failed" }, { status: "passed" }] };
  expect(sumOf(1, report(5, 1, 0, [failing])).failed).toBe(1);
  expect(sumOf(0, report(5, 0, 0)).failed).toBe(0);
});

it("says the sum in one line", () => {
  expect(lineOf({ passed: 10, failed: 0, skipped: 2 })).toBe("10 passed, 0 failed, 2 skipped");
});
