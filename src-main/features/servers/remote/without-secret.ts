import type { SecretBytes } from "#main/crypto/secret-bytes.ts";

const LEFT_OUT = Buffer.from("[left out: it repeats what was sent]");
/** Bytes in a row that count as a part of the secret, since a program that echoes may cut it short: fewer are in any sentence. */
const PART = 4;
/** The same where the output was folded, over the ends of lines. */
const FOLDED_PART = 8;
const LINE_FEED = 0x0a;

/**
 * What a server printed, for a person to read, without the lines that repeat a part of the password it was sent: what answers in
 * the place of a shell may echo its input. Compared as bytes, so that the password becomes no string.
 */
export function withoutSecret(printed: Buffer, secret: SecretBytes | undefined): Buffer {
  if (secret === undefined) return printed;
  if (secret.disposed) return LEFT_OUT;
  const bytes = secret.reveal();
  const folded = withoutBlanks(bytes);
  const lines = linesOf(printed).filter((line) => !repeats(line, bytes, PART));
  const shown = Buffer.concat(lines.flatMap((line) => [line, Buffer.of(LINE_FEED)]));
  const foldedToo = repeats(withoutBlanks(shown), folded, FOLDED_PART);
  folded.fill(0);
  if (foldedToo) return LEFT_OUT;
  return shown.length < printed.length ? Buffer.concat([shown, LEFT_OUT]) : shown;
}

function repeats(printed: Buffer, secret: Buffer, part: number): boolean {
  const length = Math.min(part, secret.length);
  for (let at = 0; at + length <= secret.length && length > 0; at++) {
    if (printed.includes(secret.subarray(at, at + length))) return true;
  }
  return false;
}

function linesOf(bytes: Buffer): readonly Buffer[] {
  const lines: Buffer[] = [];
  let from = 0;
  for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, from)) {
    lines.push(bytes.subarray(from, at));
    from = at + 1;
  }
  return from < bytes.length ? [...lines, bytes.subarray(from)] : lines;
}

function withoutBlanks(bytes: Buffer): Buffer {
  const kept = bytes.filter((byte) => byte > 0x20);
  return Buffer.from(kept.buffer, kept.byteOffset, kept.byteLength);
}
