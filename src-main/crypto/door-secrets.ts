import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { SecretBytes } from "./secret-bytes.ts";

/** Size of every code, secret, nonce and MAC of the loopback door. */
export const DOOR_SECRET_BYTES = 32;

export function newDoorSecret(): SecretBytes {
  return SecretBytes.take(randomBytes(DOOR_SECRET_BYTES));
}

/** Fresh public bytes for one exchange. */
export function newDoorNonce(): Buffer {
  return randomBytes(DOOR_SECRET_BYTES);
}

/** A value for the `nonce-…` source of one response's content security policy. */
export function newPolicyNonce(): string {
  return randomBytes(16).toString("base64");
}

/**
 * HMAC-SHA-256 under `key` of `label ‖ 0x00 ‖ nonces`. Every nonce has `DOOR_SECRET_BYTES`, and no label contains a zero byte, so
 * no two inputs run together. Also serves as key derivation: the key is uniformly random and each label is used for one purpose.
 */
export function doorMac(key: SecretBytes, label: string, ...nonces: readonly Uint8Array[]): Buffer {
  if (nonces.some((nonce) => nonce.length !== DOOR_SECRET_BYTES)) throw new TypeError("A door nonce has 32 bytes");
  const mac = createHmac("sha256", key.reveal()).update(label, "utf8").update(Buffer.of(0));
  for (const nonce of nonces) mac.update(nonce);
  return mac.digest();
}

/** Constant time in the contents; lengths are public. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
