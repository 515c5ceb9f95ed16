import { timingSafeEqual } from "node:crypto";
import { inspect } from "node:util";

/**
 * Bytes that must not leak by accident: copied in, redacted wherever a value is printed or serialised, compared in
 * constant time, zeroed on `dispose`. Reading them takes the explicit, greppable `reveal()`.
 *
 * JavaScript cannot promise that no copy remains elsewhere (strings, the engine's own moves); the README says so.
 */
export class SecretBytes implements Disposable {
  readonly #bytes: Buffer;
  #disposed = false;

  private constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Copies `source`; the caller still owns, and should wipe, the original. */
  static copyOf(source: Uint8Array): SecretBytes {
    // An ArrayBuffer's memory stays where it is. Of a Buffer made directly, up to 64 bytes stand in the engine's own heap: each
    // collection moves them and leaves the old copy behind, which `dispose` never sees. A slice of Node's pool is not ours to wipe.
    const own = Buffer.from(new ArrayBuffer(source.length));
    own.set(source);
    return new SecretBytes(own);
  }

  /** Copies `source` and zeroes it. */
  static take(source: Uint8Array): SecretBytes {
    const secret = SecretBytes.copyOf(source);
    source.fill(0);
    return secret;
  }

  static fromText(text: string): SecretBytes {
    return SecretBytes.take(Buffer.from(text, "utf8"));
  }

  get length(): number {
    return this.#bytes.length;
  }

  get disposed(): boolean {
    return this.#disposed;
  }

  /** The bytes themselves, not a copy: valid until `dispose`. Throws a TypeError afterwards. */
  reveal(): Buffer {
    if (this.#disposed) throw new TypeError("SecretBytes used after dispose");
    return this.#bytes;
  }

  equals(other: SecretBytes): boolean {
    const a = this.reveal();
    const b = other.reveal();
    return a.length === b.length && timingSafeEqual(a, b);
  }

  dispose(): void {
    this.#bytes.fill(0);
    this.#disposed = true;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  toString(): string {
    return "[secret]";
  }

  toJSON(): string {
    return "[secret]";
  }

  [inspect.custom](): string {
    return "[secret]";
  }
}
