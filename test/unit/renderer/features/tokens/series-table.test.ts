import { describe, expect, it } from "vitest";
import { assertSeriesPattern } from "#main/features/tokens/token-label.ts";
import { isSeriesPattern, type SeriesRow, seriesCsv, seriesText } from "#renderer/features/tokens/series-table.ts";

const row: SeriesRow = { label: "UKey-001", serial: "4711", model: "M", outcome: "done", message: "", time: 0 };

describe("the table of a series", () => {
  it("H04 exports labels and serials as CSV that a spreadsheet reads and never runs", () => {
    const csv = seriesCsv([row, { ...row, label: '=cmd|"x"', message: "a,b\nc", outcome: "failed" }]);
    expect(csv.split("\r\n")).toEqual([
      '"label","serial","model","outcome","message","time (UTC)"',
      '"UKey-001","4711","M","done","","1970-01-01 00:00:00"',
      `"'=cmd|""x""","4711","M","failed","a,b\nc","1970-01-01 00:00:00"`,
      "",
    ]);
  });

  it("H04 copies one line a token, whatever its label holds", () => {
    expect(seriesText([{ ...row, label: "a\tb\nc" }]).split("\n")).toHaveLength(2);
  });

  it("H04 takes a pattern only with one place for the number, as main does", () => {
    for (const pattern of ["UKey-###", "#", "a#b", "UKey", "#-#", ""]) {
      const taken = (() => {
        try {
          assertSeriesPattern(pattern, 1);
          return true;
        } catch {
          return false;
        }
      })();
      expect(isSeriesPattern(pattern), pattern).toBe(taken);
    }
    expect(isSeriesPattern(`#${"x".repeat(28)}`)).toBe(false);
  });
});
