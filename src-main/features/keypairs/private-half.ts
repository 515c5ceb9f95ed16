import { type KeyMaterial, keyMaterialOf } from "#main/crypto/key-material.ts";
import type { SecretBytes } from "#main/crypto/secret-bytes.ts";
import type { OpenVault, Place } from "#main/features/vault/index.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import type { KeypairRow } from "./keypair-repository.ts";

type SealedRow = Pick<
  KeypairRow,
  "id" | "name" | "scope" | "ownerId" | "privateHalf" | "privateSealed" | "sealVersion" | "tokenLabel"
>;

/** A private half on a token can be used, and nothing else. Error: `keypairs/no-private-key`. */
export function assertNotOnToken(row: Pick<KeypairRow, "id" | "name" | "privateHalf" | "tokenLabel">): void {
  if (row.privateHalf !== "on-token") return;
  throw new KeysteadError(
    "keypairs/no-private-key",
    `The private key of “${row.name}” was made on the token “${row.tokenLabel ?? ""}” and never leaves it: it can be neither exported nor imported nor cleared here.`,
    { id: row.id, token: row.tokenLabel ?? "" },
  );
}

/** Name of what a private half is sealed under: the owner's own key, or the key pair service's default. */
export function sealedUnderOf(scope: KeypairRow["scope"]): string {
  return scope === "private" ? "owner's key" : "kps/default";
}

function placeOf(row: Pick<SealedRow, "id" | "scope" | "ownerId" | "sealVersion">): Place {
  return {
    table: "keypairs",
    rowId: row.id,
    column: "privateSealed",
    version: row.sealVersion,
    onlyFor: row.scope === "private" ? row.ownerId : undefined,
  };
}

export function sealPrivateHalf(
  vault: OpenVault,
  row: Pick<SealedRow, "id" | "scope" | "ownerId" | "sealVersion">,
  pkcs8: SecretBytes,
): Buffer {
  return vault.seal(placeOf(row), pkcs8);
}

/** The key pair with its private half; the caller disposes `pkcs8`. Error: `keypairs/no-private-key`. */
export function openPrivateHalf(vault: OpenVault, row: SealedRow): KeyMaterial {
  assertNotOnToken(row);
  if (row.privateSealed === null) {
    const why = row.privateHalf === "cleared" ? "was cleared" : "was never kept here";
    throw new KeysteadError("keypairs/no-private-key", `The private key of “${row.name}” ${why}. Import it first.`, {
      id: row.id,
    });
  }
  if (row.scope === "private" && !vault.hasUserKey(row.ownerId)) {
    throw new KeysteadError("access/denied", `“${row.name}” is private: only its owner can use it, once logged in.`, {
      id: row.id,
    });
  }
  using pkcs8 = vault.unseal(placeOf(row), row.privateSealed);
  return keyMaterialOf(pkcs8);
}
