import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

// Prints every row of docs/features.md with the tests whose titles begin with its id. Exit status 1 when a row says that it
// works and no test proves it, or when a test names a row that is not there. --quiet prints only what is wrong and a summary.

export interface Row {
  readonly id: string;
  readonly what: string;
  readonly status: string;
}

export interface Proof {
  readonly ids: readonly string[];
  readonly title: string;
  readonly file: string;
}

/** Rows are `| K01 | what | status |`, the id perhaps followed by a mark. */
export function rowsIn(markdown: string): readonly Row[] {
  return [...markdown.matchAll(/^\| ([A-Z]\d\d)(?: \*\*\+\*\*)? \| (.+?) \| (.+?) \|$/gm)].map(
    ([, id = "", what = "", status = ""]) => ({ id, what, status }),
  );
}

/**
 * Titles that begin with row ids: the first text after an opening bracket, as in `it("P07 B27 …")` and `it.each(…)("P01 …")`.
 * What is skipped without condition, or only planned, proves nothing.
 */
export function proofsIn(source: string, file: string): readonly Proof[] {
  const titles = source.matchAll(/([\w.]*)\(\s*(["'`])((?:[KSPHTAIVGBCDE]\d{1,2} )+(?:(?!\2).)*)\2/g);
  return [...titles].flatMap(([, callee = "", , title = ""]) => {
    if (/\.(?:skip|todo|fails)$/.test(callee)) return [];
    // Pitfalls (B27 …) are cited in titles too; the ledger's ids have two digits and its own letters.
    const ids = (/^(?:[A-Z]\d{1,2} )+/.exec(title)?.[0] ?? "").split(" ").filter((id) => /^[KSPHTAIVG]\d\d$/.test(id));
    return ids.length === 0 ? [] : [{ ids, title, file }];
  });
}

export interface Ledger {
  readonly lines: readonly string[];
  readonly wrong: readonly string[];
  readonly summary: string;
}

export function ledgerOf(rows: readonly Row[], proofs: readonly Proof[]): Ledger {
  const lines: string[] = [];
  const wrong: string[] = [];
  for (const row of rows) {
    const own = proofs.filter((proof) => proof.ids.includes(row.id));
    lines.push(
      `${row.id} ${row.status.startsWith("works") ? "works " : row.status.split(":")[0]?.padEnd(6)} ${row.what}`,
    );
    for (const proof of own) lines.push(`      ${proof.file}: ${proof.title}`);
    if (row.status === "works" && own.length === 0) wrong.push(`${row.id} is said to work, but no test proves it.`);
    if (!/^(?:works$|partly: |missing$)/.test(row.status))
      wrong.push(`${row.id} has no status that is known: ${row.status}`);
  }
  const known = new Set(rows.map((row) => row.id));
  if (known.size !== rows.length) wrong.push("An id stands twice in the ledger.");
  for (const proof of proofs)
    for (const id of proof.ids)
      if (!known.has(id)) wrong.push(`${proof.file}: “${proof.title}” names ${id}, which is no row.`);
  const count = (start: string) => rows.filter((row) => row.status.startsWith(start)).length;
  const summary = `${rows.length} rows: ${count("works")} work, ${count("partly")} partly, ${count("missing")} missing; ${proofs.length} tests name a row.`;
  return { lines, wrong, summary };
}

function testFiles(root: string): readonly string[] {
  return (
    readdirSync(join(root, "test"), { recursive: true, encoding: "utf8" })
      // The tests of this very script quote titles that are none.
      .filter((name) => /\.test\.tsx?$/.test(name) && !name.startsWith("unit/scripts/"))
      .sort()
      .map((name) => join(root, "test", name))
  );
}

if (import.meta.main) {
  const root = join(import.meta.dirname, "..");
  const rows = rowsIn(readFileSync(join(root, "docs/features.md"), "utf8"));
  const proofs = testFiles(root).flatMap((file) => proofsIn(readFileSync(file, "utf8"), relative(root, file)));
  const { lines, wrong, summary } = ledgerOf(rows, proofs);
  if (!process.argv.includes("--quiet")) for (const line of lines) console.log(line);
  for (const line of wrong) console.error(`✗ ${line}`);
  console.log(summary);
  process.exitCode = wrong.length === 0 && rows.length > 0 ? 0 : 1;
}
