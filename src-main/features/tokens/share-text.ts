import { sha256 } from "#main/crypto/hash.ts";
import { SecretBytes } from "#main/crypto/secret-bytes.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { SHARE_BYTES } from "./share-format.ts";

/*
 * A share as a person writes and types it: six lines of five groups of four characters (D29). Letters and digits of Crockford's
 * base 32, which has no I, L, O and U; those three are read as 1, 1 and 0, small letters as large ones. The last group of a line
 * is a check over the share from its beginning to the end of that line, so a slip is named by its line, and so is a line that
 * belongs to another share or stands in another place.
 *
 *   check group = first 20 bits of SHA-256("keystead/share-line/v1" || 0x00 || number of the line || bytes up to its end)
 */
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LINES = 6;
const BYTES = SHARE_BYTES / LINES;
const DATA = (BYTES * 8) / 5;
const CHECK = 4;
const LINE = DATA + CHECK;

export function shareLines(encoded: SecretBytes): readonly string[] {
  const bytes = encoded.reveal();
  return Array.from({ length: LINES }, (_, line) => {
    const data = toBase32(bytes.subarray(line * BYTES, (line + 1) * BYTES));
    return (data + checkGroup(bytes, line)).match(/.{4}/g)?.join(" ") ?? "";
  });
}

/**
 * Reads what was typed, pasted or taken from a file: lines that begin with `#`, line numbers, blanks and hyphens do not count.
 * `which` names the share in the error. Error `tokens/share-unreadable`, with the line where there is one to name.
 */
export function readShareText(text: string, which: string): SecretBytes {
  const lines = text
    .split(/\r?\n/)
    .filter((line) => !line.trimStart().startsWith("#"))
    .map((line) => line.replace(/^\s*[1-6][.:)]?(?=\s)/, "").replaceAll(/[\s-]/g, ""))
    .filter((line) => line !== "");
  const joined = lines.join("");
  if (joined.length !== LINES * LINE) throw wrongLength(lines, joined.length, which);
  const bytes = Buffer.alloc(SHARE_BYTES);
  for (let line = 0; line < LINES; line++) {
    const typed = normal(joined.slice(line * LINE, (line + 1) * LINE));
    if ([...typed].some((character) => !ALPHABET.includes(character)))
      throw unreadable(which, line + 1, "it has a character that shares do not use");
    fromBase32(typed.slice(0, DATA)).copy(bytes, line * BYTES);
    if (typed.slice(DATA) !== checkGroup(bytes, line))
      throw unreadable(which, line + 1, "its last group does not fit the rest");
  }
  return SecretBytes.take(bytes);
}

const normal = (text: string): string => text.toUpperCase().replaceAll(/[IL]/g, "1").replaceAll("O", "0");

function checkGroup(bytes: Buffer, line: number): string {
  const upTo = bytes.subarray(0, (line + 1) * BYTES);
  const input = Buffer.concat([Buffer.from("keystead/share-line/v1\0"), Buffer.of(line + 1), upTo]);
  const group = toBase32(sha256(input).subarray(0, 5)).slice(0, CHECK);
  input.fill(0);
  return group;
}

/** Multiples of five bytes only: nothing to pad. */
function toBase32(bytes: Buffer): string {
  let bits = 0n;
  for (const byte of bytes) bits = (bits << 8n) | BigInt(byte);
  return Array.from({ length: (bytes.length * 8) / 5 }, (_, at, last = (bytes.length * 8) / 5 - 1) => {
    return ALPHABET[Number((bits >> BigInt((last - at) * 5)) & 31n)];
  }).join("");
}

function fromBase32(text: string): Buffer {
  let bits = 0n;
  for (const character of text) bits = (bits << 5n) | BigInt(ALPHABET.indexOf(character));
  const bytes = (text.length * 5) / 8;
  return Buffer.from(bits.toString(16).padStart(bytes * 2, "0"), "hex");
}

function wrongLength(lines: readonly string[], found: number, which: string): KeysteadError {
  const short = lines.length === LINES ? lines.findIndex((line) => line.length !== LINE) : -1;
  if (short >= 0)
    return unreadable(which, short + 1, `it has ${lines[short]?.length} characters and not ${LINE}, blanks apart`);
  return new KeysteadError(
    "tokens/share-unreadable",
    `${which} has ${found} characters; a share has ${LINES} lines of ${LINE}, blanks apart. Compare it with what was written down.`,
    { characters: found },
  );
}

function unreadable(which: string, line: number, why: string): KeysteadError {
  return new KeysteadError(
    "tokens/share-unreadable",
    `Line ${line} of ${which.charAt(0).toLowerCase()}${which.slice(1)} is mistyped: ${why}. Compare that line with what was written down.`,
    { line },
  );
}
