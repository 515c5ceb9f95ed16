import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { GCM_OVERHEAD, gcmOpen, gcmSeal } from "./aes-gcm.ts";
import { hkdf } from "./derive.ts";
import { netstrings } from "./netstrings.ts";
import { SecretBytes } from "./secret-bytes.ts";
import { vaultIdBytes } from "./vault-id.ts";

/*
 * A sealed value:
 *
 *   byte 0        layout version, 0x01
 *   bytes 1..12   random nonce
 *   bytes 13..    ciphertext, as long as the plaintext
 *   last 16       tag
 *
 *   row key  = HKDF-SHA-256(seal key, salt = vault id (16 bytes), info = netstrings["keystead/seal/v1", table, rowId, column])
 *   AAD      = netstrings[vault id (32 hex digits), table, rowId, column, version in decimal]
 *
 * A key of its own for each row keeps the number of random nonces under one key small; the associated data makes a value
 * moved to another row, column, version or vault refuse to open (D5).
 */
const LAYOUT = 0x01;

/** Where a sealed value lives. `version` counts the value's own replacements, from 1. */
export interface SealPlace {
  readonly vaultId: string;
  readonly table: string;
  readonly rowId: string;
  readonly column: string;
  readonly version: number;
}

export function seal(sealKey: SecretBytes, place: SealPlace, plaintext: SecretBytes): Buffer {
  using rowKey = rowKeyOf(sealKey, place);
  const body = gcmSeal(rowKey.reveal(), plaintext.reveal(), associatedData(place));
  return Buffer.concat([Buffer.of(LAYOUT), body]);
}

/** Rejects with `vault/sealed-value-damaged` whenever the value is not exactly what `seal` wrote for this place. */
export function unseal(sealKey: SecretBytes, place: SealPlace, sealed: Uint8Array): SecretBytes {
  if (sealed[0] !== LAYOUT || sealed.length < 1 + GCM_OVERHEAD) throw damaged(place);
  using rowKey = rowKeyOf(sealKey, place);
  const plaintext = gcmOpen(rowKey.reveal(), sealed.subarray(1), associatedData(place));
  if (plaintext === undefined) throw damaged(place);
  return SecretBytes.take(plaintext);
}

function rowKeyOf(sealKey: SecretBytes, place: SealPlace): SecretBytes {
  const info = netstrings(["keystead/seal/v1", place.table, place.rowId, place.column]);
  return hkdf(sealKey, vaultIdBytes(place.vaultId), info);
}

function associatedData(place: SealPlace): Buffer {
  const vault = vaultIdBytes(place.vaultId).toString("hex");
  return netstrings([vault, place.table, place.rowId, place.column, String(place.version)]);
}

function damaged(place: SealPlace): KeysteadError {
  return new KeysteadError(
    "vault/sealed-value-damaged",
    `A secret stored in ${place.table} is not what was written there. Restore the vault from a backup.`,
    { table: place.table, rowId: place.rowId, column: place.column, version: place.version },
  );
}
