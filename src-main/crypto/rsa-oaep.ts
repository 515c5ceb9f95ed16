import { constants, publicEncrypt } from "node:crypto";
import { keyObjectOf, type PublicParts } from "./public-key.ts";
import type { SecretBytes } from "./secret-bytes.ts";

/**
 * RSAES-OAEP (RFC 8017 section 7.1.1) with an empty label; MGF1 uses the same hash. SHA-1 is safe in this place: OAEP does not
 * rest on collisions being hard to find, and some tokens know no other (C42).
 */
export function oaepEncrypt(
  key: Extract<PublicParts, { readonly type: "rsa" }>,
  hash: "sha1" | "sha256",
  secret: SecretBytes,
): Buffer {
  const options = { key: keyObjectOf(key), padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: hash };
  return publicEncrypt(options, secret.reveal());
}
