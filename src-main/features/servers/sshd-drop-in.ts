import { posix } from "node:path";
import { KBD_INTERACTIVE_KEYWORDS, type KbdInteractiveKeyword } from "./sshd-effective.ts";
import { findIncludes, type IncludeLine } from "./sshd-main-file.ts";
import { matchesPattern } from "./sshd-pattern.ts";

/** Where Keystead's "no passwords" settings go on one server. */
export type SettingsPlace =
  | {
      readonly kind: "drop-in";
      readonly path: string;
      /** Our file was there before: its name is kept for ever (B42). */
      readonly existing: boolean;
      /** Files of the folder that sshd reads before ours and that may win (B29); empty for a new file. */
      readonly readBefore: readonly string[];
    }
  /** No usable Include: a marked block at the top of the main file (B31). */
  | { readonly kind: "main-file"; readonly path: string; readonly reason: MainFileReason };

export type MainFileReason =
  | "no-include"
  | "include-in-match"
  | "include-too-late"
  | "include-without-wildcard"
  | "include-without-folder";

export interface DropInQuestion {
  /** Usually /etc/ssh/sshd_config. */
  readonly mainPath: string;
  readonly mainFile: string;
  /** File names by folder, as the server listed them; a folder that is not there is not listed. */
  readonly listings: ReadonlyMap<string, readonly string[]>;
}

/** Every name `firstName` can make, and hardly one a person would. */
const OURS = /0-keystead(?![a-z-])/;
const STEM = "00-keystead";
/** A line above the Include that sets one of these would win over any drop-in. */
const DECIDING = ["passwordauthentication", "kbdinteractiveauthentication", "challengeresponseauthentication"];

/**
 * Computes, from what is really there, the file whose settings sshd reads first (B29, B30): images carry
 * `50-cloud-init.conf` or `00-cloud-init.conf`, and the first value wins.
 */
export function chooseSettingsPlace(question: DropInQuestion): SettingsPlace {
  const { mainPath, mainFile, listings } = question;
  const includes = findIncludes(mainFile, posix.dirname(mainPath));
  const atTop = includes.filter((include) => !include.insideMatch);
  const main = (reason: MainFileReason): SettingsPlace => ({ kind: "main-file", path: mainPath, reason });

  const ours = existingDropIn(atTop, listings);
  if (ours !== undefined) return ours;
  const [first] = atTop;
  if (first === undefined) return main(includes.length > 0 ? "include-in-match" : "no-include");
  if (DECIDING.some((keyword) => first.setBefore.has(keyword))) return main("include-too-late");
  // Only the first pattern: whatever it reads comes before every other included file.
  const [pattern = ""] = first.patterns;
  const folder = posix.dirname(pattern);
  const name = firstName(posix.basename(pattern), matching(pattern, listings));
  if (name === undefined || /[*?[]/.test(folder)) return main("include-without-wildcard");
  // sshd includes nothing from a folder that is not there. Made by us, it would be one more thing to take away again.
  if (!listings.has(folder)) return main("include-without-folder");
  return { kind: "drop-in", path: `${folder}/${name}`, existing: false, readBefore: [] };
}

function existingDropIn(
  includes: readonly IncludeLine[],
  listings: ReadonlyMap<string, readonly string[]>,
): SettingsPlace | undefined {
  const before: string[] = [];
  for (const pattern of includes.flatMap((include) => include.patterns)) {
    for (const name of matching(pattern, listings)) {
      const path = `${posix.dirname(pattern)}/${name}`;
      if (OURS.test(name)) return { kind: "drop-in", path, existing: true, readBefore: before };
      before.push(path);
    }
  }
  return undefined;
}

/** The names a pattern reads, in sshd's order: glob(3) in the C locale sorts by bytes and skips hidden files. */
function matching(pattern: string, listings: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const base = posix.basename(pattern);
  return (listings.get(posix.dirname(pattern)) ?? [])
    .filter((name) => matchesPattern(name, base) && (!name.startsWith(".") || base.startsWith(".")))
    .toSorted(compareBytes);
}

/**
 * A name the pattern reads and that sorts before `others` (already sorted). `00-keystead` when that is enough; else the
 * first other name, cut where a `0` goes below it: before `00-cloud-init.conf` comes `00-0-keystead.conf`.
 */
function firstName(pattern: string, others: readonly string[]): string | undefined {
  if (!/^[^*?[]*\*[^*?[]*$/.test(pattern)) return undefined;
  const [head = "", tail = ""] = pattern.split("*");
  const usual = `${head}${STEM}${tail}`;
  const [lowest] = others;
  if (lowest === undefined || compareBytes(usual, lowest) < 0) return usual;
  for (let at = head.length; at < lowest.length; at++) {
    if ((lowest[at] ?? "") <= "0") continue;
    const candidate = `${lowest.slice(0, at)}0-keystead${tail}`;
    if (matchesPattern(candidate, pattern) && compareBytes(candidate, lowest) < 0) return candidate;
  }
  return undefined;
}

function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

export interface SettingsChoice {
  /** Every name the server prints of that door: each is a setting of its own on old ones. */
  readonly kbdInteractiveKeywords: readonly KbdInteractiveKeyword[];
  /**
   * Also close what Match blocks of later files open. Only on a person's word: somebody put such a block there on purpose.
   * For a drop-in only: a Match at the top of the main file would swallow the rest of it (B31).
   */
  readonly overrideMatchBlocks?: boolean;
}

/** The settings, one a line. Both doors, since either alone still takes the password (B33); never UsePAM (B35). */
export function passwordOffSettings(choice: SettingsChoice): readonly string[] {
  const settings = ["PasswordAuthentication", ...choice.kbdInteractiveKeywords].map((keyword) => `${keyword} no`);
  return choice.overrideMatchBlocks === true
    ? [...settings, "Match all", ...settings.map((setting) => `    ${setting}`)]
    : settings;
}

/** Every line Keystead has ever written into its drop-in, comments apart. */
const EVER_OURS: ReadonlySet<string> = new Set(
  passwordOffSettings({ kbdInteractiveKeywords: KBD_INTERACTIVE_KEYWORDS, overrideMatchBlocks: true }).map((line) =>
    line.trim(),
  ),
);

/** Whether a file of our name still holds no setting but ours: what somebody added to it must not be taken away with it. */
export function holdsOnlyOurs(content: Buffer): boolean {
  const settings = content
    .toString("latin1")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
  return settings.every((line) => EVER_OURS.has(line));
}

/** The whole drop-in file. */
export function dropInContent(choice: SettingsChoice): Buffer {
  const head = [
    "# Written by Keystead: password login is off on this server.",
    "# Remove this file and reload sshd to go back to what the other files say.",
  ];
  return Buffer.from([...head, ...passwordOffSettings(choice), ""].join("\n"));
}
