import { type SourceFile, targetOf, withoutComments } from "./source-files.ts";

// Names as they are imported, file by file. Like `importsOf` a scan: the formatter writes every clause in one of these shapes.

const DECLARED =
  /^export\s+(?:declare\s+)?(?:abstract\s+)?(?:async\s+)?(?:const|let|function\*?|class|type|interface)\s+([\w$]+)/gm;
const CLAUSE = /(?:^|[\n;])\s*(import|export)\s+(?:type\s+)?([\w$*{}\s,]+?)\s+from\s+["']([^"'\n]+)["']/g;
const LOADED = /\{([^{}]*)\}\s*=\s*await\s+import\(\s*["']([^"'\n]+)["']\s*\)/g;
const LOADED_WHOLE = /\bimport\(\s*["']([^"'\n]+)["']\s*\)/g;

const ALL = "*";

interface Taken {
  readonly from: string;
  /** The name in that file; `*` for all of them. */
  readonly name: string;
  /** `export … from`: taken only if somebody takes it from here, under this name. */
  readonly passedOnAs?: string;
}

function namesIn(clause: string): { readonly name: string; readonly as: string }[] {
  const inside = /\{([^}]*)\}/.exec(clause)?.[1] ?? "";
  return inside
    .split(",")
    .map((part) => part.trim().replace(/^type\s+/, ""))
    .filter((part) => part !== "")
    .map((part) => {
      const [name = "", as = name] = part.split(/\s+as\s+|\s*:\s*/);
      return { name, as };
    });
}

function takenBy({ path, text }: SourceFile): Taken[] {
  const plain = withoutComments(text);
  const taken: Taken[] = [];
  const take = (specifier: string, name: string, passedOnAs?: string) => {
    const from = targetOf(path, specifier);
    if (from !== undefined) taken.push({ from, name, ...(passedOnAs === undefined ? {} : { passedOnAs }) });
  };
  for (const [, word, clause = "", specifier = ""] of plain.matchAll(CLAUSE)) {
    if (/\*/.test(clause)) take(specifier, ALL);
    for (const { name, as } of namesIn(clause)) take(specifier, name, word === "export" ? as : undefined);
  }
  const named = new Set<string>();
  for (const [, names = "", specifier = ""] of plain.matchAll(LOADED)) {
    named.add(specifier);
    for (const { name } of namesIn(`{${names}}`)) take(specifier, name);
  }
  for (const [, specifier = ""] of plain.matchAll(LOADED_WHOLE)) if (!named.has(specifier)) take(specifier, ALL);
  return taken;
}

function mentions(text: string, name: string): number {
  return withoutComments(text).split(new RegExp(`(?<![\\w$])${name.replaceAll("$", "\\$")}(?![\\w$])`)).length - 1;
}

/**
 * Exported code that nothing in the program uses: neither another file nor its own. What its own file uses may be exported for
 * a test's sake.
 */
export function unusedExports(files: readonly SourceFile[]): string[] {
  const used = new Set<string>();
  const passedOn = new Map<string, string[]>();
  const key = (path: string, name: string) => `${path}: ${name}`;
  for (const file of files) {
    for (const { from, name, passedOnAs } of takenBy(file)) {
      if (passedOnAs === undefined) used.add(key(from, name));
      else passedOn.set(key(from, name), [...(passedOn.get(key(from, name)) ?? []), key(file.path, passedOnAs)]);
    }
  }
  const isUsed = (path: string, name: string): boolean =>
    used.has(key(path, name)) ||
    used.has(key(path, ALL)) ||
    (passedOn.get(key(path, name)) ?? []).some((place) => {
      const [elsewhere = "", as = ""] = place.split(": ");
      return isUsed(elsewhere, as);
    });
  return files.flatMap(({ path, text }) =>
    [...withoutComments(text).matchAll(DECLARED)]
      .map(([, name = ""]) => name)
      .filter((name) => !isUsed(path, name) && mentions(text, name) < 2)
      .map((name) => key(path, name)),
  );
}
