/**
 * Reading authorized_keys the way sshd does (B2): bytes in, lines out, never an exception. A line that sshd would skip or
 * reject is "foreign": it has no meaning here and is kept byte for byte (B4).
 *
 * The rules are those of OpenSSH's auth2-pubkeyfile.c and sshkey.c: LF ends a line, only space and tab separate, a NUL
 * ends what sshd sees of a line, and a leading word that is not a key type starts the options field.
 */

import { isBlank, readKey, skipBlanks, visibleText } from "./key-line-text.ts";

export interface KeyIdentity {
  /** As in the blob, e.g. `ssh-ed25519`. */
  readonly type: string;
  /** RFC 4253 section 6.6 wire format. */
  readonly blob: Uint8Array;
}

export interface KeyOption {
  /** Lower case: sshd compares option names without regard to case. */
  readonly name: string;
  /** Unquoted; `undefined` for an option without `=`. */
  readonly value: string | undefined;
}

export interface ForeignLine {
  readonly kind: "foreign";
  /** The bytes with the LF, if there was one. */
  readonly raw: Buffer;
}

export interface KeyLine {
  readonly kind: "key";
  readonly raw: Buffer;
  readonly type: string;
  readonly blob: Buffer;
  /** The options field as written, without the blank after it; `undefined` when there is none. */
  readonly options: string | undefined;
  /** Free text after the key, without line ending; means nothing (B3). */
  readonly comment: string;
}

export type AuthorizedKeysLine = ForeignLine | KeyLine;

export interface AuthorizedKeysFile {
  readonly bytes: Buffer;
  /** Their `raw` parts joined are exactly `bytes`. */
  readonly lines: readonly AuthorizedKeysLine[];
}

const LF = 0x0a;

export function parseAuthorizedKeys(bytes: Uint8Array): AuthorizedKeysFile {
  const own = Buffer.from(bytes);
  const lines: AuthorizedKeysLine[] = [];
  for (let start = 0; start < own.length; ) {
    const end = own.indexOf(LF, start);
    const next = end < 0 ? own.length : end + 1;
    lines.push(parseLine(own.subarray(start, next)));
    start = next;
  }
  return { bytes: own, lines };
}

/** Every line that carries this key, whatever its options and comment (B3). */
export function findKey(file: AuthorizedKeysFile, key: KeyIdentity): readonly KeyLine[] {
  return file.lines.filter((line) => line.kind === "key").filter((line) => isSameKey(line, key));
}

export function isSameKey(a: KeyIdentity, b: KeyIdentity): boolean {
  return a.type === b.type && Buffer.compare(a.blob, b.blob) === 0;
}

/** The options of a field as sshd splits it; `undefined` when sshd would reject the field. */
export function parseOptions(field: string): readonly KeyOption[] | undefined {
  const options: KeyOption[] = [];
  let at = 0;
  while (at < field.length) {
    const name = /[A-Za-z0-9@._-]+/y;
    name.lastIndex = at;
    const word = name.exec(field)?.[0];
    if (word === undefined) return undefined;
    at += word.length;
    let value: string | undefined;
    if (field[at] === "=") {
      const quoted = readQuoted(field, at + 1);
      if (quoted === undefined) return undefined;
      value = quoted.value;
      at = quoted.end;
    }
    options.push({ name: word.toLowerCase(), value });
    if (at === field.length) break;
    if (field[at] !== "," || at === field.length - 1) return undefined;
    at += 1;
  }
  return options;
}

/** `opt_dequote` of auth-options.c: only `\"` is an escape, any other backslash is itself. */
function readQuoted(field: string, start: number): { value: string; end: number } | undefined {
  if (field[start] !== '"') return undefined;
  let at = start + 1;
  for (; at < field.length && field[at] !== '"'; at++) if (field[at] === "\\" && field[at + 1] === '"') at++;
  if (at >= field.length) return undefined;
  return { value: field.slice(start + 1, at).replaceAll('\\"', '"'), end: at + 1 };
}

/** A line as text for people: control bytes shown as `\xNN`, so that nothing can hide in it. */
export function showLine(raw: Uint8Array): string {
  const text = Buffer.from(raw).toString("latin1").replace(/\n$/, "");
  const utf8 = Buffer.from(text, "latin1").toString("utf8");
  const shown = utf8.includes("\ufffd") ? text : utf8;
  return shown.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (c) =>
    c === "\t" ? c : `\\x${(c.codePointAt(0) ?? 0).toString(16).padStart(2, "0")}`,
  );
}

function parseLine(raw: Buffer): AuthorizedKeysLine {
  const text = visibleText(raw);
  const start = skipBlanks(text, 0);
  const foreign: ForeignLine = { kind: "foreign", raw };
  if (start === text.length || text[start] === "#") return foreign;
  const bare = readKey(text, start);
  if (bare !== undefined) return { kind: "key", raw, options: undefined, ...bare };
  const optionsEnd = skipOptions(text, start);
  if (optionsEnd === undefined) return foreign;
  const key = readKey(text, skipBlanks(text, optionsEnd));
  return key === undefined ? foreign : { kind: "key", raw, options: text.slice(start, optionsEnd), ...key };
}

/** `sshkey_advance_past_options`: the first blank outside quotes; `\"` never toggles. `undefined`: a quote stays open. */
function skipOptions(text: string, start: number): number | undefined {
  let quoted = false;
  let at = start;
  for (; at < text.length && (quoted || !isBlank(text[at])); at++) {
    if (text[at] === "\\" && text[at + 1] === '"') at++;
    else if (text[at] === '"') quoted = !quoted;
  }
  return quoted ? undefined : at;
}
