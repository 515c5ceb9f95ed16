import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

export const GCM_KEY_BYTES = 32;
export const GCM_OVERHEAD = 12 + 16;

/**
 * AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce.
 * Returns `nonce (12) || ciphertext || tag (16)`.
 */
export function gcmSeal(key: Uint8Array, plaintext: Uint8Array, associatedData: Uint8Array): Buffer {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: 16 });
  cipher.setAAD(associatedData);
  return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/** The plaintext of what `gcmSeal` returned, or `undefined` when key, bytes or associated data are not the ones sealed. */
export function gcmOpen(key: Uint8Array, sealed: Uint8Array, associatedData: Uint8Array): Buffer | undefined {
  if (sealed.length < GCM_OVERHEAD || key.length !== GCM_KEY_BYTES) return undefined;
  const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, 12), { authTagLength: 16 });
  decipher.setAAD(associatedData);
  decipher.setAuthTag(sealed.subarray(sealed.length - 16));
  const plaintext = decipher.update(sealed.subarray(12, sealed.length - 16));
  try {
    decipher.final();
    return plaintext;
  } catch {
    // `update` has already produced bytes nobody vouches for: they must not outlive the refusal.
    plaintext.fill(0);
    return undefined;
  }
}
