import { expect, it } from "vitest";
import { sourceFiles } from "./source-files.ts";
import { unusedExports } from "./unused-exports.ts";

it("nothing is exported that only tests use", () => {
  const unused = unusedExports(sourceFiles("src-shared", "src-main", "src-renderer"));
  expect(unused).toEqual([]);
});

const file = (path: string, text: string) => ({ path, text });

it.each([
  ["nobody", "", 1],
  ["a comment only", "// one is not used here", 1],
  ["one of that name from elsewhere", 'import { one } from "./other.ts";', 1],
  ["an index that nobody asks for it", 'export { one } from "./a.ts";', 1],
  ["an import", 'import { type T, one } from "./a.ts";', 0],
  ["an import under another name", 'import {\n  one as first,\n} from "#main/a.ts";', 0],
  ["an import of everything", 'import * as all from "./a.ts";', 0],
  ["an import when it is reached", 'const { one } = await import("./a.ts");', 0],
  ["a lazy page", 'const page = lazy(() => import("./a.ts"));', 0],
])("the test itself finds whether code is used by %s", (_who, text, unused) => {
  const found = unusedExports([file("src-main/a.ts", "export const one = 1;"), file("src-main/b.ts", text)]);
  expect(found).toEqual(unused === 0 ? [] : ["src-main/a.ts: one"]);
});

it("the test itself sees what is passed on, and what a file uses itself", () => {
  const passedOn = [
    file("src-main/x/a.ts", "export function one() {}"),
    file("src-main/x/index.ts", 'export { one as first } from "./a.ts";'),
  ];
  expect(unusedExports(passedOn)).toEqual(["src-main/x/a.ts: one"]);
  expect(unusedExports([...passedOn, file("src-main/b.ts", 'import { first } from "./x/index.ts";')])).toEqual([]);
  expect(unusedExports([file("src-main/c.ts", "export const a = 1;\nexport const b = a;")])).toEqual([
    "src-main/c.ts: b",
  ]);
});
