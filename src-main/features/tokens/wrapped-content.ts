import { type KeyWrap, unwrapWithAes, wrapWithAes } from "#main/crypto/aes-key-wrap.ts";
import { equalBytes } from "#main/crypto/hash.ts";
import { SecretBytes } from "#main/crypto/secret-bytes.ts";

/**
 * What is in a wrapped key. Mechanism numbers do not tell: 0x210A is RFC 5649 on SoftHSM and PKCS #7 padding under RFC 3394 on
 * NSS (C43).
 */
export type WrappedFormat = "rfc3394" | "rfc5649" | "rfc3394-pkcs7";

export const WRAPPED_FORMATS: readonly WrappedFormat[] = ["rfc3394", "rfc5649", "rfc3394-pkcs7"];

/** The format in which a token wrapped `key`, both keys being throw-away ones known here; `undefined` when it is none of ours. */
export function recogniseWrapped(
  wrappingKey: SecretBytes,
  key: SecretBytes,
  wrapped: Buffer,
): WrappedFormat | undefined {
  return WRAPPED_FORMATS.find((format) => {
    using inside = unwrapLocally(format, wrappingKey, wrapped);
    return inside !== undefined && equalBytes(inside.reveal(), key.reveal());
  });
}

/** Error RangeError: `rfc3394` takes multiples of 8 bytes only. */
export function wrapLocally(format: WrappedFormat, wrappingKey: SecretBytes, key: SecretBytes): Buffer {
  if (format !== "rfc3394-pkcs7") return wrapWithAes(format, wrappingKey, key);
  const pad = 8 - (key.length % 8);
  using padded = SecretBytes.take(Buffer.concat([key.reveal(), Buffer.alloc(pad, pad)]));
  return wrapWithAes("rfc3394", wrappingKey, padded);
}

/** `undefined` when it is not this format under this key. */
export function unwrapLocally(
  format: WrappedFormat,
  wrappingKey: SecretBytes,
  wrapped: Buffer,
): SecretBytes | undefined {
  const how: KeyWrap = format === "rfc5649" ? "rfc5649" : "rfc3394";
  const inside = unwrapWithAes(how, wrappingKey, wrapped);
  if (inside === undefined || format !== "rfc3394-pkcs7") return inside;
  using padded = inside;
  return withoutPadding(padded.reveal());
}

function withoutPadding(padded: Buffer): SecretBytes | undefined {
  const pad = padded.at(-1) ?? 0;
  if (pad < 1 || pad > 8 || pad >= padded.length) return undefined;
  if (padded.subarray(-pad).some((byte) => byte !== pad)) return undefined;
  return SecretBytes.copyOf(padded.subarray(0, -pad));
}
