/** Reading and editing the text of sshd_config itself, only as far as placing Keystead's settings needs it (B29–B31). */

export interface IncludeLine {
  /** Absolute patterns, in the order written; sshd reads relative ones from its own folder. */
  readonly patterns: readonly string[];
  readonly insideMatch: boolean;
  /** Keywords set by the main file itself above this line, lower case: they win over everything included (B29). */
  readonly setBefore: ReadonlySet<string>;
}

/** The Include lines of a main configuration file. `folder` is where relative patterns start, usually /etc/ssh. */
export function findIncludes(mainFile: string, folder: string): readonly IncludeLine[] {
  const found: IncludeLine[] = [];
  const setBefore = new Set<string>();
  let insideMatch = false;
  for (const line of mainFile.split("\n")) {
    const { keyword, args } = splitLine(line);
    if (keyword === "") continue;
    if (keyword === "match") insideMatch = true;
    else if (keyword === "include") {
      const patterns = args.map((arg) => (arg.startsWith("/") ? arg : `${folder}/${arg}`));
      found.push({ patterns, insideMatch, setBefore: new Set(setBefore) });
    } else if (!insideMatch) setBefore.add(keyword);
  }
  return found;
}

/** `Keyword value`, `Keyword=value` or `Keyword "a b"`, with comments dropped; the keyword in lower case. */
export function splitLine(line: string): { readonly keyword: string; readonly args: readonly string[] } {
  const [, keyword = "", rest = ""] = /^[ \t\r\f]*"?([A-Za-z0-9]+)"?(?:[ \t]*=[ \t]*|[ \t]+|$)(.*)$/.exec(line) ?? [];
  const args = [...rest.matchAll(/"([^"]*)"|([^ \t\r\f"]+)/g)].map((match) => match[1] ?? match[2] ?? "");
  const comment = args.findIndex((arg) => arg.startsWith("#"));
  return { keyword: keyword.toLowerCase(), args: comment < 0 ? args : args.slice(0, comment) };
}

const BEGIN = "# BEGIN Keystead: password login. Do not edit; Keystead removes this block.";
const END = "# END Keystead";

/**
 * Puts the settings at the very top: above the first Match, a commented one included, and above any line that sets the
 * same keyword, since the first value wins (B29, B31). A block already there is replaced.
 */
export function insertBlock(mainFile: Buffer, settings: readonly string[]): Buffer {
  const block = [BEGIN, ...settings, END, ""].join("\n");
  return Buffer.concat([Buffer.from(block), removeBlock(mainFile)]);
}

/** Takes exactly our block out; every other byte stays. Without a block the file comes back as it was. */
export function removeBlock(mainFile: Buffer): Buffer {
  // latin1: one character a byte, whatever the encoding of the comments in it.
  const text = mainFile.toString("latin1");
  const start = lineStart(text, BEGIN);
  if (start < 0) return Buffer.from(mainFile);
  const end = lineStart(text, END, start);
  if (end < 0) return Buffer.from(mainFile); // somebody cut it in two: not ours to guess where it ends
  const after = text.indexOf("\n", end);
  return Buffer.from(text.slice(0, start) + (after < 0 ? "" : text.slice(after + 1)), "latin1");
}

export function hasBlock(mainFile: Buffer): boolean {
  return lineStart(mainFile.toString("latin1"), BEGIN) >= 0;
}

function lineStart(text: string, line: string, from = 0): number {
  for (let at = text.indexOf(line, from); at >= 0; at = text.indexOf(line, at + 1)) {
    const after = text[at + line.length];
    if ((at === 0 || text[at - 1] === "\n") && (after === undefined || after === "\n" || after === "\r")) return at;
  }
  return -1;
}
