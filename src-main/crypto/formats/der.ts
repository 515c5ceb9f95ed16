import { FormatFault } from "./format-fault.ts";

/** The ASN.1 tags key files use. */
export const TAG = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  sequence: 0x30,
  /** `[n]` constructed. */
  context: (n: number): number => 0xa0 | n,
  /** `[n]` primitive: an implicitly tagged string. */
  contextPrimitive: (n: number): number => 0x80 | n,
} as const;

/** A strict reader of DER (X.690): definite, shortest lengths and shortest integers only; throws `FormatFault`. */
export class DerReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  peek(tag: number): boolean {
    return this.#bytes[this.#at] === tag;
  }

  /** The content of the next value, which must have `tag`: a view, not a copy. */
  content(tag: number): Buffer {
    if (!this.peek(tag)) throw new FormatFault("an element is not of the kind expected");
    this.#at++;
    const length = this.#length();
    if (length > this.remaining) throw new FormatFault("an element is cut off");
    const content = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return content;
  }

  /** The next value whole, with its tag and length, whatever it is: a view, not a copy. */
  element(): Buffer {
    const start = this.#at;
    this.content(this.#bytes[start] ?? -1);
    return this.#bytes.subarray(start, this.#at);
  }

  within(tag: number): DerReader {
    return new DerReader(this.content(tag));
  }

  sequence(): DerReader {
    return this.within(TAG.sequence);
  }

  octets(): Buffer {
    return this.content(TAG.octetString);
  }

  /** A non-negative INTEGER's magnitude, big-endian without the sign byte; zero is one zero byte. */
  magnitude(): Buffer {
    const bytes = this.content(TAG.integer);
    const first = bytes[0];
    if (first === undefined || first >= 0x80) throw new FormatFault("a number is empty or negative");
    if (first !== 0 || bytes.length === 1) return bytes;
    if ((bytes[1] ?? 0) < 0x80) throw new FormatFault("a number is not in its shortest form");
    return bytes.subarray(1);
  }

  /** A small non-negative INTEGER. */
  number(): number {
    const bytes = this.magnitude();
    if (bytes.length > 6) throw new FormatFault("a number is too large");
    return bytes.readUIntBE(0, bytes.length);
  }

  /** An OBJECT IDENTIFIER in dotted form. */
  oid(): string {
    const bytes = this.content(TAG.oid);
    if (bytes.length === 0 || bytes.length > 32) throw new FormatFault("an object identifier has no valid length");
    const arcs: number[] = [];
    let arc = 0;
    for (const [i, byte] of bytes.entries()) {
      arc = arc * 128 + (byte & 0x7f);
      if (arc > 0xffffffff) throw new FormatFault("an object identifier is too large");
      if (byte >= 0x80) {
        if (i === bytes.length - 1) throw new FormatFault("an object identifier is cut off");
        continue;
      }
      if (arcs.length === 0) {
        const top = Math.min(2, Math.floor(arc / 40));
        arcs.push(top, arc - top * 40);
      } else arcs.push(arc);
      arc = 0;
    }
    return arcs.join(".");
  }

  /** A BIT STRING of whole bytes. */
  bits(): Buffer {
    const bytes = this.content(TAG.bitString);
    if (bytes[0] !== 0) throw new FormatFault("a bit string is not made of whole bytes");
    return bytes.subarray(1);
  }

  /** All that is left, as it is: a view, not a copy. */
  rest(): Buffer {
    const rest = this.#bytes.subarray(this.#at);
    this.#at = this.#bytes.length;
    return rest;
  }

  end(): void {
    if (this.remaining !== 0) throw new FormatFault("bytes follow where the data should end");
  }

  #length(): number {
    const first = this.#bytes[this.#at++];
    if (first === undefined) throw new FormatFault("an element is cut off");
    if (first < 0x80) return first;
    const count = first & 0x7f;
    if (count === 0 || count > 4 || count > this.remaining) throw new FormatFault("a length is not valid");
    const length = this.#bytes.readUIntBE(this.#at, count);
    if (length < 0x80 || this.#bytes[this.#at] === 0) throw new FormatFault("a length is not in its shortest form");
    this.#at += count;
    return length;
  }
}

/** One DER value: `tag`, length, the parts joined. */
export function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  if (length < 0x80) return Buffer.concat([Buffer.of(tag, length), ...parts]);
  const size = length < 0x100 ? 1 : length < 0x10000 ? 2 : 3;
  const head = Buffer.alloc(2 + size);
  head[0] = tag;
  head[1] = 0x80 | size;
  head.writeUIntBE(length, 2, size);
  return Buffer.concat([head, ...parts]);
}

export function derSequence(...parts: readonly Uint8Array[]): Buffer {
  return der(TAG.sequence, ...parts);
}

/** An INTEGER from a big-endian magnitude. */
export function derInteger(magnitude: Uint8Array): Buffer {
  let start = 0;
  while (start < magnitude.length - 1 && magnitude[start] === 0) start++;
  const bytes = magnitude.subarray(start);
  return (bytes[0] ?? 0) >= 0x80 ? der(TAG.integer, Buffer.of(0), bytes) : der(TAG.integer, bytes);
}

export function derNumber(value: number): Buffer {
  const bytes = Buffer.alloc(6);
  bytes.writeUIntBE(value, 0, 6);
  return derInteger(bytes);
}

export function derOid(dotted: string): Buffer {
  const [top = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const bytes: number[] = [];
  for (const arc of [top * 40 + second, ...rest]) {
    const digits = [arc % 128];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) digits.unshift(0x80 | (left % 128));
    bytes.push(...digits);
  }
  return der(TAG.oid, Buffer.from(bytes));
}
