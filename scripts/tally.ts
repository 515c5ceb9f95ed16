import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Sums the stages of scripts/test: a vitest project by its tests, any other stage as one check. Prints one line a stage and
 * the sum last; exit status 1 when anything failed. A project that broke without a failed test still counts as a failure.
 */
export interface Sum {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

export function sumOf(status: number, report: Report | undefined): Sum {
  if (report === undefined) return { passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1, skipped: 0 };
  // A file that could not be loaded, or whose preparation failed, has no test that says so: its tests count as skipped.
  const broken = report.testResults.filter(
    (file) => file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed"),
  );
  const failed = report.numFailedTests + broken.length;
  return {
    passed: report.numPassedTests,
    failed: status !== 0 && failed === 0 ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

export function lineOf({ passed, failed, skipped }: Sum): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

function tally(folder: string): Sum {
  let sum: Sum = { passed: 0, failed: 0, skipped: 0 };
  for (const line of readFileSync(join(folder, "stages.tsv"), "utf8").trim().split("\n")) {
    const [name = "", status = "1"] = line.split("\t");
    const path = join(folder, `${name}.json`);
    const report = existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Report) : undefined;
    const one = sumOf(Number(status), report);
    console.log(`  ${name.padEnd(14)}${lineOf(one)}`);
    sum = { passed: sum.passed + one.passed, failed: sum.failed + one.failed, skipped: sum.skipped + one.skipped };
  }
  return sum;
}

if (import.meta.main) {
  const sum = tally(process.argv[2] ?? ".cache/test");
  console.log(lineOf(sum));
  process.exitCode = sum.failed === 0 ? 0 : 1;
}
