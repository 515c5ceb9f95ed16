import { existsSync, rmSync } from "node:fs";
import { writeNewPrivateFile } from "#main/adapters/files/atomic-write.ts";
import { randomSecret } from "#main/crypto/random.ts";
import type { SecretBytes } from "#main/crypto/secret-bytes.ts";
import type { Handler } from "#main/dispatch/handlers.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { backupPath, encodeBackup, type SharesBody } from "./backup-file.ts";
import { objectResource } from "./change-objects.ts";
import { findByRef } from "./object-ref.ts";
import { tryRestore } from "./restore-from-backup.ts";
import { type KnownSet, makeShares, openSet, readShares } from "./share-rules.ts";
import { shareLines } from "./share-text.ts";
import { localCheckOf, localSealOf, withSharedKey } from "./share-wrapping-key.ts";
import type { TokenInUse } from "./token-in-use.ts";
import { type OnToken, readObjects } from "./token-objects.ts";
import type { TokensParts } from "./tokens-parts.ts";
import { assertMayLeave, wrapForBackup } from "./wrap-for-backup.ts";

/**
 * H09, C46: wraps a key by a fresh one that will be nowhere but in its custodians' shares, and tries the restore on the token at
 * once. What it gives back is the beginning of a ceremony; the file is written when the last custodian has a share.
 */
export const backUpKeyToShares =
  (parts: TokensParts): Handler<"tokens", "backUpKeyToShares"> =>
  (params, call) =>
    parts.service.shared(params.id, async (token) => {
      const { threshold, shares: total } = params;
      if (threshold > total)
        throw new KeysteadError(
          "request/invalid-params",
          `${total} custodians cannot bring ${threshold} shares together. Lower the threshold or add custodians.`,
          { field: "threshold" },
        );
      await parts.service.logins.requireUser(token);
      const all = await readObjects(token);
      const object = findByRef(params.ref, all);
      assertMayLeave(object);
      const path = backupPath(parts.exportFolder, params.folder, object.label, "shares");
      assertWritable(path);
      using secret = randomSecret(32);
      const { set, shares } = makeShares(secret, threshold, total);
      try {
        assertRecovers(shares, set, secret);
        const { mechanism, proof, file } = await wrapWithSecret(token, secret, { object, all, set }, call.clock.now());
        const { setId } = set;
        const ceremony = {
          userId: call.session.userId,
          label: object.label,
          setId,
          threshold,
          total,
          shares,
          path,
          file,
        };
        const ceremonyId = parts.ceremonies.add({ ...ceremony, custodians: [], shownTo: undefined, step: undefined });
        return {
          result: { ceremonyId, setId, threshold, shares: total, mechanism, proof, path },
          resource: objectResource(token, object),
          status: "warning",
          undo: () => parts.ceremonies.end(ceremonyId),
        };
      } catch (error) {
        for (const share of shares) share.dispose();
        throw error;
      }
    });

interface ToWrap {
  readonly object: OnToken;
  readonly all: readonly OnToken[];
  readonly set: KnownSet;
}

function wrapWithSecret(token: TokenInUse, secret: SecretBytes, { object, all, set }: ToWrap, createdAt: number) {
  return withSharedKey(token, secret, async (wrapping) => {
    const { mechanism, part } = await wrapForBackup(wrapping, object, all);
    const proof = await tryRestore(wrapping, part);
    const check = localCheckOf(secret, part.wrapping.sealFormat);
    const body: SharesBody = {
      format: "keystead-token-backup",
      version: 2,
      createdAt,
      ...part,
      wrappedBy: { ...set, shareChecks: [...set.shareChecks], check },
    };
    const file = encodeBackup({ ...body, seal: localSealOf(secret, body).toString("base64") });
    return { mechanism, proof, file };
  });
}

/** Before anybody gets a share: the first M and the last M, read as they will be typed, give the key back. */
function assertRecovers(shares: readonly SecretBytes[], set: KnownSet, secret: SecretBytes): void {
  for (const some of [shares.slice(0, set.threshold), shares.slice(-set.threshold)]) {
    const read = readShares(
      some.map((share) => shareLines(share).join("\n")),
      set,
    );
    using back = openSet(read, set);
    for (const share of read) share.value.dispose();
    if (!back.equals(secret)) throw new TypeError("the shares do not give their secret back");
  }
}

/** Found out now, and not when every custodian has come and gone. Errors: files/exists, files/not-writable. */
function assertWritable(path: string): void {
  if (existsSync(path))
    throw new KeysteadError(
      "files/exists",
      `${path} exists already and is not overwritten. Choose another folder or move that file away.`,
      { path },
    );
  writeNewPrivateFile(path, Buffer.alloc(0));
  rmSync(path);
}
