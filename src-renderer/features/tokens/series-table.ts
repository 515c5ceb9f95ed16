import type { Result } from "#shared/contract/index.ts";
import { csvText } from "../../components/csv.ts";
import { utcTime } from "../../components/format.ts";

export type SeriesRow = Result<"tokens", "endSeries">["results"][number];

const HEAD = ["label", "serial", "model", "outcome", "message", "time (UTC)"] as const;

function cells(row: SeriesRow): readonly string[] {
  return [row.label, row.serial, row.model, row.outcome, row.message, utcTime(row.time)];
}

/** Tab-separated, for the clipboard; what would break a line or a cell is a space. */
export function seriesText(rows: readonly SeriesRow[]): string {
  return [HEAD, ...rows.map(cells)]
    .map((line) => line.map((cell) => cell.replaceAll(/[\t\r\n]+/g, " ")).join("\t"))
    .join("\n");
}

export function seriesCsv(rows: readonly SeriesRow[]): string {
  return csvText([HEAD, ...rows.map(cells)]);
}

/** One run of # for the number, and what comes of it fits the contract. */
export function isSeriesPattern(pattern: string): boolean {
  return pattern.length >= 1 && pattern.length <= 28 && (pattern.match(/#+/g) ?? []).length === 1;
}
