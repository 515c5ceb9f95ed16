import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import type { SecretBytes } from "./secret-bytes.ts";

/*
 * Ed25519 (RFC 8032) from a bare 32-byte seed. node:crypto takes keys only in an envelope, so the seed is put behind the
 * fixed DER head of RFC 8410: PKCS#8 version 0 (BoringSSL refuses version 1) or SubjectPublicKeyInfo.
 */
const PKCS8_HEAD = Buffer.from("302e020100300506032b657004220420", "hex");
const SPKI_HEAD = Buffer.from("302a300506032b6570032100", "hex");

/** The 64-byte signature of `message` under `seed` (32 bytes). */
export function signEd25519(seed: SecretBytes, message: Uint8Array): Buffer {
  return sign(null, message, privateKeyOf(seed));
}

/** Whether `signature` is the one `publicKey` (32 bytes) made over `message`; false for anything malformed. */
export function verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  const key = createPublicKey({ key: Buffer.concat([SPKI_HEAD, publicKey]), format: "der", type: "spki" });
  return verify(null, message, key, signature);
}

/** The 32-byte public key of `seed`. */
export function ed25519PublicKey(seed: SecretBytes): Buffer {
  const spki = createPublicKey(privateKeyOf(seed)).export({ format: "der", type: "spki" });
  return Buffer.from(spki.subarray(SPKI_HEAD.length));
}

function privateKeyOf(seed: SecretBytes): KeyObject {
  if (seed.length !== 32) throw new TypeError("An Ed25519 seed has 32 bytes");
  const der = Buffer.concat([PKCS8_HEAD, seed.reveal()]);
  try {
    return createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  } finally {
    der.fill(0);
  }
}
