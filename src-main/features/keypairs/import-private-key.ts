import { readPrivateKey } from "#main/crypto/formats/read-private-key.ts";
import { publicBlobOf } from "#main/crypto/key-material.ts";
import { SecretBytes } from "#main/crypto/secret-bytes.ts";
import type { Handler } from "#main/dispatch/handlers.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { keypairResource } from "./keypair-parts.ts";
import { findKeypair, findKeypairRow, updateKeypair } from "./keypair-repository.ts";
import { assertNotOnToken, sealedUnderOf, sealPrivateHalf } from "./private-half.ts";

/** Takes only the private half of the public key that is here (P14). */
export const importPrivateKey: Handler<"keypairs", "importPrivateKey"> = async (params, call) => {
  const { vault, session } = call;
  const row = await findKeypairRow(vault.read, session, params.id);
  assertNotOnToken(row);
  using text = SecretBytes.fromText(params.privateKey);
  using passphrase = params.passphrase === undefined ? undefined : SecretBytes.fromText(params.passphrase);
  const { pkcs8: read } = await readPrivateKey(text, passphrase);
  using pkcs8 = read;
  if (!publicBlobOf(pkcs8).equals(row.publicBlob)) {
    throw new KeysteadError(
      "keypairs/key-mismatch",
      `This private key does not belong to “${row.name}”: its public half is another. Nothing was changed.`,
      { id: row.id },
    );
  }
  const sealVersion = row.sealVersion + 1;
  const change = {
    privateHalf: "kept" as const,
    privateSealed: sealPrivateHalf(vault, { ...row, sealVersion }, pkcs8),
    sealVersion,
    sealedUnder: sealedUnderOf(row.scope),
    updatedAt: call.clock.now(),
  };
  const before = await findKeypair(vault.read, session, row.id);
  return {
    result: {
      ...before,
      privateHalf: change.privateHalf,
      sealedUnder: change.sealedUnder,
      updatedAt: change.updatedAt,
    },
    resource: keypairResource(row),
    change: (tx) => updateKeypair(tx, row.id, change),
    changed: ["keypairs"],
  };
};
