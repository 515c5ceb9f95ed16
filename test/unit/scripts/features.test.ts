import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ledgerOf, proofsIn, rowsIn } from "../../../scripts/features.ts";

const titles = (source: string) => proofsIn(source, "a.test.ts").map((proof) => [proof.ids, proof.title]);

it("finds titles of every kind of test, with all their rows, and leaves pitfalls out", () => {
  expect(titles('it("P07 B27 binds", async () => {})')).toEqual([[["P07"], "P07 B27 binds"]]);
  expect(titles('it.each([1])("P01 P15 makes %s", () => {})')).toEqual([[["P01", "P15"], "P01 P15 makes %s"]]);
  expect(titles("it.each(x)(\n  `G03 says more`,")).toEqual([[["G03"], "G03 says more"]]);
  expect(titles('it("G03 isn\'t fooled", x)')).toEqual([[["G03"], "G03 isn't fooled"]]);
});

it("does not count what proves nothing: skipped tests, pitfalls alone, key types and text inside a title", () => {
  expect(titles('it.skip("P07 later", x); it.todo("P08 later"); it("B27 edits", x)')).toEqual([]);
  expect(titles('it("P384 keys", x); it("makes P07 happy", x); it("P256 keys", x)')).toEqual([]);
});

const row = (id: string, status: string) => `| ${id} | what it is | ${status} |`;

it("is wrong when a row is said to work and no test proves it", () => {
  const proofs = proofsIn('it("P07 binds", x)', "a.test.ts");
  const { wrong } = ledgerOf(
    rowsIn(`${row("P07", "works")}\n${row("P08", "works")}\n${row("P09", "missing")}`),
    proofs,
  );
  expect(wrong).toEqual(["P08 is said to work, but no test proves it."]);
});

it("is wrong when a test names a row that is not there, an id stands twice, or a status is unknown", () => {
  const { wrong } = ledgerOf(
    rowsIn(`${row("P01", "done")}\n${row("P01", "works")}`),
    proofsIn('it("P01 P99 x", y)', "a"),
  );
  expect(wrong).toHaveLength(3);
});

it("reads every row of this project's ledger", () => {
  const rows = rowsIn(readFileSync(join(import.meta.dirname, "../../../docs/features.md"), "utf8"));
  const counts = Object.groupBy(rows, (each) => each.id.slice(0, 1));
  const sizes = Object.fromEntries(Object.entries(counts).map(([letter, list]) => [letter, list?.length]));
  expect(sizes).toEqual({ K: 34, S: 14, P: 21, H: 13, T: 4, A: 5, I: 7, V: 5, G: 5 });
});
