import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { gcmOpen, gcmSeal } from "./aes-gcm.ts";
import { type Argon2Params, argon2 } from "./argon2.ts";
import { SecretBytes } from "./secret-bytes.ts";

/** Argon2id cost and salt as a key slot stores them. Whoever reads the header checks their bounds before this is called (D7). */
export type PasswordKdfParams = Argon2Params;

/** Argon2id, 32 bytes. */
export async function derivePasswordKey(password: SecretBytes, params: PasswordKdfParams): Promise<SecretBytes> {
  return SecretBytes.take(await argon2("id", password.reveal(), params, 32));
}

/** `key` under `wrappingKey` (32 bytes) by AES-256-GCM: `nonce (12) || ciphertext || tag (16)`. */
export function wrapKey(wrappingKey: SecretBytes, key: SecretBytes, associatedData: Uint8Array): Buffer {
  return gcmSeal(wrappingKey.reveal(), key.reveal(), associatedData);
}

/**
 * What `wrapKey` wrapped. A wrong password and an altered slot look the same here, by design of the cipher: both are
 * `vault/wrong-password`.
 */
export function unwrapKey(wrappingKey: SecretBytes, wrapped: Uint8Array, associatedData: Uint8Array): SecretBytes {
  const key = gcmOpen(wrappingKey.reveal(), wrapped, associatedData);
  if (key === undefined) {
    throw new KeysteadError("vault/wrong-password", "This password does not open the vault. Check it and try again.");
  }
  return SecretBytes.take(key);
}
