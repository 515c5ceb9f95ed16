import { describe, expect, it } from "vitest";
import { fileTime, type ListColumn, listLines, shownColumns, tableColumn } from "#renderer/components/list-columns.ts";
import { knownQuery } from "#renderer/components/use-list-filter.ts";

interface Row {
  readonly name: string;
  readonly time: number | undefined;
}
const columns: readonly ListColumn<Row>[] = [
  { key: "name", label: "Name", width: 100, text: (row) => row.name },
  { key: "time", label: "Time", width: 100, text: (row) => fileTime(row.time) },
  { key: "id", label: "ID", width: 100, extra: true, text: (row) => `id of ${row.name}` },
];
const keys = (chosen?: readonly string[]) => shownColumns(columns, chosen).map((column) => column.key);

describe("columns of a list", () => {
  it("G01 are the list's own until somebody chooses", () => {
    expect(keys()).toEqual(["name", "time"]);
  });

  it("G01 stand in the list's order, whatever the order of choosing, and unknown ones are passed over", () => {
    expect(keys(["id", "gone", "name"])).toEqual(["name", "id"]);
  });

  it.each([[[]], [["gone"]]])("G01 are the list's own when %j leaves none", (chosen) => {
    expect(keys(chosen)).toEqual(["name", "time"]);
  });

  it("A02 go into a file with a head, times in UTC", () => {
    const rows = [
      { name: "a", time: 0 },
      { name: "b", time: undefined },
    ];
    expect(listLines(shownColumns(columns, undefined), rows)).toEqual([
      ["Name", "Time"],
      ["a", "1970-01-01 00:00:00Z"],
      ["b", ""],
    ]);
  });

  it("G01 reach the table without what only the chooser and the file need", () => {
    const [, , id] = columns;
    expect(id && tableColumn(id)).toEqual({ key: "id", title: "ID", width: 100 });
  });
});

describe("the query of a saved filter", () => {
  it("G01 holds the list's own filters in their order, and nothing else", () => {
    expect(knownQuery("x=1&login=on&q=a+b%26c&reach=", ["q", "reach", "login"])).toBe("q=a+b%26c&login=on");
    expect(knownQuery("?surprise=1", ["q"])).toBe("");
  });
});
