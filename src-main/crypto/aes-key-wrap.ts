import { aeskw, aeskwp } from "@noble/ciphers/aes.js";
import { SecretBytes } from "./secret-bytes.ts";

/**
 * AES key wrap by a key held here, to see what a token's wrapping mechanisms produce. From noble, because BoringSSL has
 * neither under node:crypto.
 *
 * `rfc3394`: n 64-bit blocks in, n + 1 out; the data's length must be a multiple of 8, at least 16.
 * `rfc5649`: any length from 1; the length and a constant go in front, zeros behind.
 */
export type KeyWrap = "rfc3394" | "rfc5649";

const ciphers = { rfc3394: aeskw, rfc5649: aeskwp } as const;

/** Throws a RangeError when the data has a length the wrap cannot take. */
export function wrapWithAes(how: KeyWrap, wrappingKey: SecretBytes, data: SecretBytes): Buffer {
  const length = data.length;
  if (length === 0 || (how === "rfc3394" && (length < 16 || length % 8 !== 0))) {
    throw new RangeError(`${how} cannot wrap ${length} bytes`);
  }
  return Buffer.from(ciphers[how](wrappingKey.reveal()).encrypt(data.reveal()));
}

/** `undefined` when the integrity check fails: another key, another wrap, or damage. */
export function unwrapWithAes(how: KeyWrap, wrappingKey: SecretBytes, wrapped: Uint8Array): SecretBytes | undefined {
  // RFC 3394 has n + 1 blocks with n >= 2; RFC 5649 also one block pair.
  const least = how === "rfc3394" ? 24 : 16;
  if (wrapped.length < least || wrapped.length % 8 !== 0) return undefined;
  try {
    return SecretBytes.take(ciphers[how](wrappingKey.reveal()).decrypt(wrapped));
  } catch {
    // Lengths were checked and the key is ours: all that is left for noble to refuse is the check value.
    return undefined;
  }
}
