import type { Readable } from "node:stream";
import { LIMITS } from "#shared/limits.ts";

/** One line of input without its end, or the news that it was longer than a request may be. */
export type RequestLine =
  | { readonly number: number; readonly bytes: Buffer }
  | { readonly number: number; readonly tooLarge: true };

const LF = 10;
const CR = 13;

/**
 * Splits a stream into lines and holds at most one request in memory: what is longer is thrown away up to its end, so that
 * the lines after it still count. Reads no further than it is asked for. Blank lines are passed over.
 */
export async function* requestLines(input: Readable, limit: number = LIMITS.requestBytes): AsyncGenerator<RequestLine> {
  let parts: Buffer[] = [];
  let length = 0;
  let number = 0;
  const take = (piece: Buffer) => {
    length += piece.length;
    if (length <= limit) parts.push(Buffer.from(piece));
    else {
      for (const part of parts) part.fill(0);
      parts = [];
    }
  };
  const finish = (): RequestLine | undefined => {
    number += 1;
    const whole = Buffer.concat(parts);
    for (const part of parts) part.fill(0);
    const size = length;
    parts = [];
    length = 0;
    if (size > limit) return { number, tooLarge: true };
    const bytes = whole.at(-1) === CR ? whole.subarray(0, -1) : whole;
    return isBlank(bytes) ? undefined : { number, bytes };
  };
  for await (const chunk of input as AsyncIterable<Buffer>) {
    let from = 0;
    for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, from)) {
      take(chunk.subarray(from, end));
      from = end + 1;
      const line = finish();
      if (line !== undefined) yield line;
    }
    take(chunk.subarray(from));
    // Passwords pass through here.
    chunk.fill(0);
  }
  const last = length > 0 ? finish() : undefined;
  if (last !== undefined) yield last;
}

function isBlank(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 32 || byte === 9);
}
