import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";

export const ROOT = join(import.meta.dirname, "../..");

export interface SourceFile {
  /** From the root of the repository, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** Every TypeScript file below these folders. */
export function sourceFiles(...folders: readonly string[]): SourceFile[] {
  return folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => /\.tsx?$/.test(name))
      .map((name) => ({
        path: `${folder}/${name.split(sep).join("/")}`,
        text: readFileSync(join(ROOT, folder, name), "utf8"),
      })),
  );
}

export interface Import {
  readonly specifier: string;
  /** `import type … from`: gone before anything runs. */
  readonly typeOnly: boolean;
  /** `import("…")`: when it is reached, not when the file is loaded. */
  readonly dynamic: boolean;
}

/** Text without comments and with the insides of strings and templates kept, so that a commented-out import is none. */
export function withoutComments(text: string): string {
  return text.replace(
    /("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`)|\/\*[\s\S]*?\*\/|(?<=^|[\s;{}(),])\/\/[^\n]*/g,
    (_all, string) => string ?? " ",
  );
}

/**
 * What a file imports or exports from elsewhere. A scan, not a parser: TypeScript 7 has no JavaScript interface, and the
 * formatter writes every import in one of these shapes; the self-test holds it to them.
 */
export function importsOf(text: string): Import[] {
  const plain = withoutComments(text);
  const found: Import[] = [];
  for (const match of plain.matchAll(
    /(?:^|[\n;])\s*(?:import|export)\s+(type\s+)?(?:[\w$*{}\s,]+?\s+from\s+)?["']([^"'\n]+)["']/g,
  )) {
    const clause = match[0];
    const names = /\{([^}]*)\}/.exec(clause)?.[1];
    const outside = clause.replace(/\{[^}]*\}/, "").replace(/\bfrom\s+["'].*$/, "");
    const defaultOrStar =
      /(?:import|export)\s+(?:type\s+)?(?:[\w$]+|\*)/.test(outside) &&
      !/^\s*(?:import|export)\s*$/.test(outside.trim());
    const everyNameIsType =
      names !== undefined &&
      !defaultOrStar &&
      names.split(",").every((name) => name.trim() === "" || name.trim().startsWith("type "));
    found.push({ specifier: match[2] ?? "", typeOnly: match[1] !== undefined || everyNameIsType, dynamic: false });
  }
  for (const match of plain.matchAll(/\bimport\s*\(\s*["']([^"'\n]+)["']\s*\)/g))
    found.push({ specifier: match[1] ?? "", typeOnly: false, dynamic: true });
  for (const match of plain.matchAll(/\brequire\s*\(\s*["']([^"'\n]+)["']\s*\)/g))
    found.push({ specifier: match[1] ?? "", typeOnly: false, dynamic: true });
  return found;
}

/** Where an import of our own leads, from the root; `undefined` for packages and Node's modules. */
export function targetOf(file: string, specifier: string): string | undefined {
  const aliases: Readonly<Record<string, string>> = {
    "#shared/": "src-shared/",
    "#main/": "src-main/",
    "#renderer/": "src-renderer/",
    "#test/": "test/",
  };
  for (const [alias, folder] of Object.entries(aliases))
    if (specifier.startsWith(alias)) return folder + specifier.slice(alias.length);
  if (!specifier.startsWith(".")) return undefined;
  return join(file, "..", specifier).split(sep).join("/");
}

/** `@scope/name` or `name` of a package; `node:fs` for Node's own. */
export function packageOf(specifier: string): string {
  if (specifier.startsWith("node:")) return specifier;
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}
