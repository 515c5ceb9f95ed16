import { splitLine } from "./sshd-main-file.ts";
import { isSecondFactor } from "./sshd-password-off.ts";
import { matchesPattern } from "./sshd-pattern.ts";

/** One line of a file sshd reads, as grep found it. */
export interface ConfigLine {
  readonly path: string;
  readonly text: string;
}

/** A Match block that says more of password login than "no". */
export interface MatchBlock {
  /** `Match User plain in /etc/ssh/sshd_config`, for people. */
  readonly where: string;
  /** Comma lists of patterns, all of which must match, as sshd reads them. */
  readonly users: readonly string[];
  readonly groups: readonly string[];
  /** It also hangs on what is no account: an address, a port, a block around the Include. No list of accounts settles it. */
  readonly more: boolean;
  /** It lets passwords in for whom it matches. */
  readonly opens: boolean;
  /** It asks whom it matches for a second factor by password or keyboard-interactive (B34). */
  readonly secondFactor: boolean;
}

type Block = { -readonly [Key in keyof MatchBlock]: MatchBlock[Key] };

const DOORS = /^(password|kbdinteractive|challengeresponse|skey)authentication$/;

/** The blocks that matter, of the lines of every file sshd reads. Relative Includes start in `folder` (B32, B34). */
export function findMatchBlocks(lines: readonly ConfigLine[], folder: string): readonly MatchBlock[] {
  const inner = includedInMatch(lines, folder);
  const found: Block[] = [];
  for (const [path, own] of Map.groupBy(lines, (line) => line.path)) {
    const around = inner.has(path);
    let block: Block | undefined;
    if (around) {
      block = { where: path, users: [], groups: [], more: true, opens: false, secondFactor: false };
      found.push(block);
    }
    for (const { text } of own) {
      const { keyword, args } = splitLine(text);
      if (keyword === "match") {
        block = { where: `${text.trim()} in ${path}`, ...criteria(args, around), opens: false, secondFactor: false };
        found.push(block);
      } else if (block !== undefined) {
        if (DOORS.test(keyword) && /^(yes|true)$/i.test(args[0] ?? "")) block.opens = true;
        if (
          keyword === "authenticationmethods" &&
          args.some((chain) => isSecondFactor(chain.toLowerCase().split(",")))
        ) {
          block.secondFactor = true;
        }
      }
    }
  }
  return found.filter((block) => block.opens || block.secondFactor);
}

/** `User a,b Group c`, and `User=a` as newer ones also take it. `all` is everybody. */
function criteria(args: readonly string[], around: boolean): Pick<MatchBlock, "users" | "groups" | "more"> {
  const users: string[] = [];
  const groups: string[] = [];
  let more = around;
  const words = args.flatMap((arg) =>
    arg.includes("=") ? [arg.replace(/=.*/, ""), arg.replace(/^[^=]*=/, "")] : [arg],
  );
  for (let at = 0; at < words.length; at += 2) {
    const name = words[at]?.toLowerCase();
    if (name === "all") at -= 1;
    else if (name === "user") users.push(words[at + 1] ?? "");
    else if (name === "group") groups.push(words[at + 1] ?? "");
    else more = true;
  }
  return { users, groups, more };
}

/** Files that are read under a condition of the file that includes them, and what those include. */
function includedInMatch(lines: readonly ConfigLine[], folder: string): ReadonlySet<string> {
  const paths = [...new Set(lines.map((line) => line.path))];
  const inner = new Set<string>();
  for (let before = -1; before < inner.size; ) {
    before = inner.size;
    let at: string | undefined;
    let inMatch = false;
    for (const { path, text } of lines) {
      if (path !== at) inMatch = inner.has(path);
      at = path;
      const { keyword, args } = splitLine(text);
      if (keyword === "match") inMatch = true;
      if (keyword !== "include" || !inMatch) continue;
      const patterns = args.map((arg) => (arg.startsWith("/") ? arg : `${folder}/${arg}`));
      for (const one of paths) if (patterns.some((pattern) => matchesPattern(one, pattern))) inner.add(one);
    }
  }
  return inner;
}
