import { randomBytes as drawBytes, randomUUID } from "node:crypto";
import { SecretBytes } from "./secret-bytes.ts";

/** `length` bytes from the system's generator, for values that may be seen: nonces, salts, ids. */
export function randomBytes(length: number): Buffer {
  return drawBytes(length);
}

/** `length` bytes from the system's generator, for keys. */
export function randomSecret(length: number): SecretBytes {
  return SecretBytes.take(drawBytes(length));
}

/** A random UUID (RFC 9562 version 4), lowercase with hyphens. */
export function randomId(): string {
  return randomUUID();
}
