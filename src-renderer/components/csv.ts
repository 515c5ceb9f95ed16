/** What a spreadsheet would run as a formula, full-width forms included: names come from servers, tokens and other people. */
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;

function quoted(cell: string): string {
  return `"${(FORMULA.test(cell) ? `'${cell}` : cell).replaceAll('"', '""')}"`;
}

/** RFC 4180: a head and its lines, every cell in quotes, formulas disarmed by an apostrophe. */
export function csvText(lines: readonly (readonly string[])[]): string {
  return lines
    .map((line) => line.map(quoted).join(","))
    .join("\r\n")
    .concat("\r\n");
}
