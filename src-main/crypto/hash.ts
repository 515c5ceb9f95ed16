import { hash, timingSafeEqual } from "node:crypto";
import type { SecretBytes } from "./secret-bytes.ts";

/** SHA-256 of `data` (text is taken as UTF-8), 32 bytes. */
export function sha256(data: Uint8Array | string): Buffer {
  return hash("sha256", data, "buffer");
}

/** Compares two public-length values in constant time; lengths that differ are unequal. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

const BLOCK = 64;
const DIGEST = 32;

/**
 * HMAC-SHA-256 (RFC 2104) under one key for many short messages, such as the links of the audit chain.
 *
 * The two padded key blocks are laid out once and each message costs two one-shot `crypto.hash` calls: about six times
 * the rate of `createHmac` on Node 24, whose cost is the making of the object and not the hashing.
 */
export class MessageAuthenticator implements Disposable {
  readonly #outer = Buffer.allocUnsafeSlow(BLOCK + DIGEST);
  #inner = Buffer.allocUnsafeSlow(BLOCK + 1024);
  #disposed = false;

  /** `key` of any length; it is not kept, only its two pads are. */
  constructor(key: SecretBytes) {
    const bytes = key.reveal();
    const short = bytes.length > BLOCK ? sha256(bytes) : bytes;
    for (let i = 0; i < BLOCK; i++) {
      const byte = short[i] ?? 0;
      this.#inner[i] = byte ^ 0x36;
      this.#outer[i] = byte ^ 0x5c;
    }
    if (short !== bytes) short.fill(0);
  }

  /** The 32-byte tag of `message` (text is taken as UTF-8). Throws a TypeError after `dispose`. */
  tag(message: Uint8Array | string): Buffer {
    if (this.#disposed) throw new TypeError("MessageAuthenticator used after dispose");
    const length = typeof message === "string" ? Buffer.byteLength(message) : message.length;
    if (this.#inner.length < BLOCK + length) this.#grow(length);
    if (typeof message === "string") this.#inner.write(message, BLOCK, "utf8");
    else this.#inner.set(message, BLOCK);
    const digest = hash("sha256", this.#inner.subarray(0, BLOCK + length), "buffer");
    this.#outer.set(digest, BLOCK);
    return hash("sha256", this.#outer, "buffer");
  }

  /** Whether `tag` belongs to `message`; constant time in the tag. */
  verify(message: Uint8Array | string, tag: Uint8Array): boolean {
    return equalBytes(this.tag(message), tag);
  }

  #grow(length: number): void {
    const larger = Buffer.allocUnsafeSlow(BLOCK + length * 2);
    larger.set(this.#inner.subarray(0, BLOCK));
    this.#inner.fill(0);
    this.#inner = larger;
  }

  dispose(): void {
    this.#inner.fill(0);
    this.#outer.fill(0);
    this.#disposed = true;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** One HMAC-SHA-256; for many under one key make a `MessageAuthenticator`. */
export function hmacSha256(key: SecretBytes, message: Uint8Array | string): Buffer {
  using mac = new MessageAuthenticator(key);
  return mac.tag(message);
}
