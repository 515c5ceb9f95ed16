import { fingerprints } from "#main/crypto/public-key.ts";
import { randomId } from "#main/crypto/random.ts";
import type { Handler } from "#main/dispatch/handlers.ts";
import { type KeypairParts, plainCommentOf } from "./keypair-parts.ts";
import { assertNameFree, insertKeypair, type KeypairRow, toKeypair } from "./keypair-repository.ts";

/** P21. The private half is made where it stays; the vault keeps where that is. */
export const createOnToken =
  (parts: KeypairParts): Handler<"keypairs", "createOnToken"> =>
  async (params, call) => {
    const { vault, session } = call;
    const owned = { name: params.name, scope: params.scope, ownerId: session.userId };
    await assertNameFree(vault.read, owned);
    const wish = { spec: params.spec, label: params.name };
    const { destroy, ...place } = await parts.tokenKeys.make(params.tokenId, wish, call.settled);
    const prints = fingerprints(place.publicBlob);
    const now = call.clock.now();
    const row: KeypairRow = {
      ...owned,
      ...place,
      id: randomId(),
      spec: params.spec,
      comment: params.comment ?? plainCommentOf(params.name),
      fingerprintSha256: prints.sha256,
      fingerprintMd5: prints.md5,
      privateHalf: "on-token",
      privateSealed: null,
      sealVersion: 1,
      sealedUnder: null,
      createdAt: now,
      updatedAt: now,
    };
    return {
      result: toKeypair({ ...row, ownerName: session.userName }, []),
      resource: { type: "keypair", id: row.id, name: row.name },
      change: (tx) => insertKeypair(tx, row),
      // A key nobody knows of would only fill the token.
      undo: destroy,
      changed: ["keypairs", "tokens"],
    };
  };
