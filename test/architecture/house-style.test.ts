import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { OWN_FLAGS } from "#main/doors/cli/known-flags.ts";
import { ERROR_CODES } from "#shared/errors/codes.ts";
import { type SourceFile, sourceFiles } from "./source-files.ts";

const sources = sourceFiles("src-shared", "src-main", "src-renderer");

const LOOK_AGAIN = 250;
/** Longer files that somebody has looked at again, and why they stay whole. The catalogues of sentences may be long. */
const LOOKED_AT: Readonly<Record<string, string>> = {};
const MAY_BE_LONG = /^src-shared\/lang\//;

function tooLong(files: readonly SourceFile[]): string[] {
  return files
    .filter(({ path }) => !MAY_BE_LONG.test(path) && !Object.hasOwn(LOOKED_AT, path))
    .map(({ path, text }) => ({ path, lines: text.split("\n").length - 1 }))
    .filter(({ lines }) => lines > LOOK_AGAIN)
    .map(({ path, lines }) => `${path}: ${lines} lines`);
}

const code = (text: string) => text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");

describe("house style", () => {
  it("the decisions name every package we ship and every flag of the vault's own", () => {
    const read = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), "utf8");
    const shipped = Object.keys(JSON.parse(read("package.json")).dependencies);
    const packages = read("docs/decisions/0007-biggest-dependencies.md");
    expect(shipped.filter((name) => !packages.includes(`| ${name} `))).toEqual([]);
    const flags = read("docs/decisions/0011-command-line.md");
    const own = Object.keys(OWN_FLAGS).filter((flag) => flag.startsWith("vault-"));
    expect(own.filter((flag) => !flags.includes(`\`--${flag}\``))).toEqual([]);
  });

  it("files stay readable: 250 lines, or a reason", () => {
    expect(tooLong(sources)).toEqual([]);
    expect(tooLong([{ path: "src-main/x.ts", text: "\n".repeat(251) }])).toHaveLength(1);
    for (const path of Object.keys(LOOKED_AT))
      expect(
        sources.map((file) => file.path),
        "no longer there",
      ).toContain(path);
  });

  it("no reviewed file grows beyond 400 lines", () => {
    expect(
      sources
        .filter(({ path, text }) => !MAY_BE_LONG.test(path) && text.split("\n").length > 401)
        .map(({ path }) => path),
    ).toEqual([]);
  });

  it("names say what a file is: no utils, helpers, manager, common", () => {
    const forbidden = /(?:^|[/.-])(?:utils?|helpers?|managers?|common|misc)(?:[/.-]|$)/i;
    expect(sources.map(({ path }) => path).filter((path) => forbidden.test(path))).toEqual([]);
    expect(forbidden.test("src-main/key-utils.ts")).toBe(true);
  });

  it("files are kebab-case, components PascalCase", () => {
    const wrong = sources
      .map(({ path }) => path)
      .filter((path) => {
        const name = path.slice(path.lastIndexOf("/") + 1);
        if (name.endsWith(".tsx")) return !/^(?:[A-Z][A-Za-z0-9]*|[a-z][a-z0-9-]*)\.tsx$/.test(name);
        return !/^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.d)?\.ts$/.test(name);
      });
    expect(wrong).toEqual([]);
  });

  it("no enum, no namespace, no default export", () => {
    const wrong = sources.filter(
      ({ text }) =>
        /^\s*(?:export\s+)?(?:(?:const|declare)\s+)*(?:enum|namespace)\s+\w/m.test(code(text)) ||
        /^export default\b/m.test(code(text)),
    );
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  it("no empty catch", () => {
    expect(sources.filter(({ text }) => /catch\s*(?:\([^)]*\))?\s*\{\s*\}/.test(text)).map(({ path }) => path)).toEqual(
      [],
    );
  });

  it("imports name the file with its ending", () => {
    const wrong = sources.filter(({ text }) => /from "(?:\.{1,2}\/|#)[^"]*(?<!\.tsx?|\.json|\.css|\.js)"/.test(text));
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });
});

describe("errors", () => {
  const codes = Object.keys(ERROR_CODES);
  const everywhere = sources.filter(
    ({ path }) => path !== "src-shared/errors/codes.ts" && !path.startsWith("src-shared/lang/"),
  );

  it("every code in the table is used", () => {
    const unused = codes.filter((name) => !everywhere.some(({ text }) => text.includes(`"${name}"`)));
    expect(unused).toEqual([]);
  });

  it("every message that is thrown ends as a sentence", () => {
    const wrong: string[] = [];
    let seen = 0;
    for (const { path, text } of everywhere) {
      for (const match of text.matchAll(
        /new KeysteadError\(\s*"([^"]+)",\s*("(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`)\s*[,)]/g,
      )) {
        seen += 1;
        const message = (match[2] ?? "").slice(1, -1);
        // A template may end in a value that is a sentence itself.
        if (!/[.!?”)}]$/.test(message)) wrong.push(`${path}: ${match[1]}: ${message}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(seen).toBeGreaterThan(60);
  });
});
