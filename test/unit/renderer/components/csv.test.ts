import { describe, expect, it } from "vitest";
import { csvText } from "#renderer/components/csv.ts";

describe("a list as CSV", () => {
  it.each(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠a"])(
    "G01 A02 disarms %j, which a spreadsheet would run",
    (cell) => {
      expect(csvText([[cell]])).toBe(`"'${cell}"\r\n`);
    },
  );

  it.each(["web-1", "a=b", "1-2", "SHA256:x", "", "'=1", "名称"])("G01 A02 leaves %j as it is", (cell) => {
    expect(csvText([[cell]])).toBe(`"${cell}"\r\n`);
  });

  it("G01 A02 keeps quotes, commas and line ends inside their cell (RFC 4180)", () => {
    expect(
      csvText([
        ["a", "b"],
        ['say "hi"', "x,y\nz"],
      ]),
    ).toBe('"a","b"\r\n"say ""hi""","x,y\nz"\r\n');
  });
});
