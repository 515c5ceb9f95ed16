import { FormatFault } from "./formats/format-fault.ts";

/** Reads RFC 4251 section 5 values; every reader throws `FormatFault` when the bytes run out or are not canonical. */
export class WireReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  uint32(): number {
    if (this.remaining < 4) throw new FormatFault("a number is cut off");
    const value = this.#bytes.readUInt32BE(this.#at);
    this.#at += 4;
    return value;
  }

  /** `length` bytes as they are: a view, not a copy. */
  take(length: number): Buffer {
    if (length > this.remaining) throw new FormatFault("a field is cut off");
    const value = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return value;
  }

  /** A length-prefixed string: a view, not a copy. */
  string(): Buffer {
    return this.take(this.uint32());
  }

  /** A string that must be printable ASCII: algorithm and curve names. */
  name(): string {
    const bytes = this.string();
    if (bytes.some((byte) => byte < 0x21 || byte > 0x7e)) throw new FormatFault("a name is not plain text");
    return bytes.toString("latin1");
  }

  text(): string {
    return this.string().toString("utf8");
  }

  /** A non-negative mpint without its sign byte: big-endian, no leading zero, at most 2 KiB (16384 bits). */
  magnitude(): Buffer {
    const bytes = this.string();
    const first = bytes[0];
    if (first === undefined || first >= 0x80) throw new FormatFault("a number is zero or negative");
    if (first !== 0) return limited(bytes);
    if ((bytes[1] ?? 0) < 0x80) throw new FormatFault("a number is not in its shortest form");
    return limited(bytes.subarray(1));
  }

  end(): void {
    if (this.remaining !== 0) throw new FormatFault("bytes follow where the data should end");
  }
}

function limited(bytes: Buffer): Buffer {
  if (bytes.length > 2048) throw new FormatFault("a number is longer than any key needs");
  return bytes;
}

export function wireUint32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export function wireString(value: Uint8Array | string): Buffer {
  const bytes = typeof value === "string" ? Buffer.from(value, "utf8") : value;
  return Buffer.concat([wireUint32(bytes.length), bytes]);
}

/** A big-endian magnitude as an mpint: leading zeros dropped, a zero byte in front when the top bit is set. */
export function wireMpint(magnitude: Uint8Array): Buffer {
  let start = 0;
  while (start < magnitude.length && magnitude[start] === 0) start++;
  const bytes = magnitude.subarray(start);
  const sign = (bytes[0] ?? 0) >= 0x80 ? [Buffer.of(0)] : [];
  return wireString(Buffer.concat([...sign, bytes]));
}
