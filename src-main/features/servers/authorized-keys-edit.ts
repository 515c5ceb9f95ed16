import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { type AuthorizedKeysFile, findKey, isSameKey, type KeyIdentity, showLine } from "./authorized-keys.ts";
import { accountNamedInstead } from "./restricted-key.ts";

export interface NewKeyLine extends KeyIdentity {
  readonly comment: string;
}

export type AddPlan =
  /** The key is there without options: nothing is written (B18). */
  | { readonly kind: "unchanged" }
  /** The key is there with options. Never add an unrestricted twin (B5): a person decides, seeing both lines. */
  | {
      readonly kind: "restricted-twin";
      readonly present: readonly string[];
      readonly wanted: string;
      readonly namedInstead: string | undefined;
    }
  | { readonly kind: "write"; readonly bytes: Buffer; readonly added: string };

export type RemovePlan =
  | { readonly kind: "unchanged" }
  | { readonly kind: "write"; readonly bytes: Buffer; readonly removed: readonly string[] };

const LF = Buffer.from("\n");

/** Appends the key; every line that was there stays byte for byte and in order (B4), the file ends with LF (B1). */
export function planAdd(file: AuthorizedKeysFile, key: NewKeyLine): AddPlan {
  const wanted = formatKeyLine(key);
  const present = findKey(file, key);
  // sshd uses the first line that matches: options there rule even when a bare twin follows.
  const [first] = present;
  if (first !== undefined) {
    if (first.options === undefined) return { kind: "unchanged" };
    const lines = present.map((line) => showLine(line.raw));
    return { kind: "restricted-twin", present: lines, wanted, namedInstead: accountNamedInstead(first) };
  }
  const parts = [file.bytes, ...(endsWithLf(file.bytes) ? [] : [LF]), Buffer.from(wanted, "utf8"), LF];
  return { kind: "write", bytes: Buffer.concat(parts), added: wanted };
}

/** Takes out every line with this key, restricted ones too: after it, the key opens nothing in this file (B27). */
export function planRemove(file: AuthorizedKeysFile, key: KeyIdentity): RemovePlan {
  const isOurs = (line: AuthorizedKeysFile["lines"][number]) => line.kind === "key" && isSameKey(line, key);
  const removed = file.lines.filter(isOurs).map((line) => showLine(line.raw));
  if (removed.length === 0) return { kind: "unchanged" };
  const kept = Buffer.concat(file.lines.filter((line) => !isOurs(line)).map((line) => line.raw));
  return { kind: "write", bytes: endsWithLf(kept) ? kept : Buffer.concat([kept, LF]), removed };
}

/** `<type> <base64> <comment>` without a line ending. Throws `request/invalid-params` for a comment that could break out. */
export function formatKeyLine(key: NewKeyLine): string {
  checkLineValue(key.comment, "The comment of the key");
  const body = `${key.type} ${Buffer.from(key.blob).toString("base64")}`;
  return key.comment === "" ? body : `${body} ${key.comment}`;
}

/**
 * Guards every value we place in a line: a CR or LF would start a line of its own, a quote would end an option (B21).
 * Invisible formatting characters go too: what a person reads must be what is written.
 */
export function checkLineValue(value: string, what: string): string {
  // Cs: a lone surrogate has no bytes in UTF-8.
  if (/["'\\`\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(value)) {
    throw new KeysteadError(
      "request/invalid-params",
      `${what} has a quote, a backslash, a line break or another control character. Take it out.`,
    );
  }
  return value;
}

function endsWithLf(bytes: Buffer): boolean {
  return bytes.length === 0 || bytes.at(-1) === 0x0a;
}
