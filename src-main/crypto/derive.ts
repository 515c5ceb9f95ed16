import { hkdfSync } from "node:crypto";
import { SecretBytes } from "./secret-bytes.ts";
import { vaultIdBytes } from "./vault-id.ts";

/** What the root key is never used for itself, but split into. */
export type KeyLabel = "database" | "seal" | "audit" | "header" | "backup" | "checkpoint-signing";

/** HKDF-SHA-256 (RFC 5869), 32 bytes. */
export function hkdf(secret: SecretBytes, salt: Uint8Array, info: Uint8Array): SecretBytes {
  return SecretBytes.take(new Uint8Array(hkdfSync("sha256", secret.reveal(), salt, info, 32)));
}

/** The vault's key for one purpose: HKDF-SHA-256 with salt = vault id (16 bytes), info = `keystead/<label>/v1`. */
export function deriveKey(root: SecretBytes, vaultId: string, label: KeyLabel): SecretBytes {
  return hkdf(root, vaultIdBytes(vaultId), Buffer.from(`keystead/${label}/v1`, "utf8"));
}
