import { generateKeyMaterial, type KeySpec as MaterialSpec } from "#main/crypto/key-material.ts";
import { fingerprints } from "#main/crypto/public-key.ts";
import { randomId } from "#main/crypto/random.ts";
import type { Handler } from "#main/dispatch/handlers.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import type { KeySpec } from "#shared/models/keypair.ts";
import { type KeypairParts, plainCommentOf } from "./keypair-parts.ts";
import { assertNameFree, insertKeypair, type KeypairRow, NOT_ON_TOKEN, toKeypair } from "./keypair-repository.ts";
import { sealedUnderOf, sealPrivateHalf } from "./private-half.ts";
import { noteKeyFiles, removeFiles, writeKeyFile } from "./private-key-file.ts";

const MATERIAL: Readonly<Record<KeySpec, MaterialSpec>> = {
  ed25519: { type: "ed25519" },
  "rsa-2048": { type: "rsa", bits: 2048 },
  "rsa-3072": { type: "rsa", bits: 3072 },
  "rsa-4096": { type: "rsa", bits: 4096 },
  "ecdsa-p256": { type: "ecdsa", curve: "nistp256" },
  "ecdsa-p384": { type: "ecdsa", curve: "nistp384" },
  "ecdsa-p521": { type: "ecdsa", curve: "nistp521" },
};

export const createKeypair =
  (parts: KeypairParts): Handler<"keypairs", "create"> =>
  async (params, call) => {
    if (!params.keep && params.file === undefined) {
      throw new KeysteadError(
        "request/invalid-params",
        "A private key that is not kept must be written to a file: give “file”, or keep it.",
        { field: "file" },
      );
    }
    const { vault, session } = call;
    const owned = { name: params.name, scope: params.scope, ownerId: session.userId };
    await assertNameFree(vault.read, owned);
    const material = await generateKeyMaterial(MATERIAL[params.spec]);
    using pkcs8 = material.pkcs8;
    const id = randomId();
    const prints = fingerprints(material.publicBlob);
    const now = call.clock.now();
    const row: KeypairRow = {
      ...owned,
      id,
      spec: params.spec,
      comment: params.comment ?? plainCommentOf(params.name),
      publicBlob: material.publicBlob,
      fingerprintSha256: prints.sha256,
      fingerprintMd5: prints.md5,
      privateHalf: params.keep ? "kept" : "never-kept",
      privateSealed: params.keep ? sealPrivateHalf(vault, { ...owned, id, sealVersion: 1 }, pkcs8) : null,
      sealVersion: 1,
      sealedUnder: params.keep ? sealedUnderOf(params.scope) : null,
      ...NOT_ON_TOKEN,
      createdAt: now,
      updatedAt: now,
    };
    const resource = { type: "keypair" as const, id, name: row.name };
    if (params.file !== undefined) await noteKeyFiles(call, "keypairs.create", resource, params.file);
    const path =
      params.file === undefined ? undefined : await writeKeyFile({ ...row, material }, params.file, parts.exportFolder);
    return {
      result: {
        keypair: toKeypair({ ...row, ownerName: session.userName }, []),
        ...(path === undefined ? {} : { file: { keypairId: id, path } }),
      },
      resource,
      change: (tx) => insertKeypair(tx, row),
      undo: () => removeFiles(path === undefined ? [] : [path]),
      changed: ["keypairs"],
    };
  };
