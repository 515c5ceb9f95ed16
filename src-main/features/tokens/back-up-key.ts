import { rmSync } from "node:fs";
import { writeNewPrivateFile } from "#main/adapters/files/atomic-write.ts";
import type { Handler } from "#main/dispatch/handlers.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { backupPath, encodeBackup, type KeyBody, sealedDigest } from "./backup-file.ts";
import { objectResource } from "./change-objects.ts";
import { findByRef } from "./object-ref.ts";
import { tryRestore } from "./restore-from-backup.ts";
import { readObjects } from "./token-objects.ts";
import type { TokensParts } from "./tokens-parts.ts";
import { assertMayLeave, assertNameFits, wrapForBackup } from "./wrap-for-backup.ts";
import { assertGuards, checkOf, wrappingKeyOf, wrapValue } from "./wrapping-key.ts";

/** H09, by a wrapping key that is on the token. Written only when the token has taken the key back once (C46). */
export const backUpKey =
  (parts: TokensParts): Handler<"tokens", "backUpKey"> =>
  (params, call) =>
    parts.service.shared(params.id, async (token) => {
      await parts.service.logins.requireUser(token);
      const all = await readObjects(token);
      const object = findByRef(params.ref, all);
      assertMayLeave(object);
      const wrapping = await wrappingKeyOf(token, params.wrappingRef, all);
      if (wrapping.object.handle === object.handle)
        throw new KeysteadError("tokens/not-permitted", "A key cannot wrap itself. Choose another wrapping key.", {
          ref: params.ref,
        });
      assertGuards(wrapping);
      assertNameFits(wrapping.object);
      const { mechanism, part } = await wrapForBackup(wrapping, object, all);
      await tryRestore(wrapping, part);
      const { sealFormat } = part.wrapping;
      const { label, keyId } = wrapping.object;
      const body: KeyBody = {
        format: "keystead-token-backup",
        version: 1,
        createdAt: call.clock.now(),
        ...part,
        wrappedBy: { label, keyId, check: await checkOf(wrapping, sealFormat) },
      };
      using digest = sealedDigest(body);
      const seal = await wrapValue(wrapping, sealFormat, digest);
      const path = backupPath(parts.exportFolder, params.folder, object.label, "wrapping-key");
      writeNewPrivateFile(path, encodeBackup({ ...body, seal: seal.toString("base64") }));
      return {
        result: { path, mechanism },
        resource: objectResource(token, object),
        status: "warning",
        undo: () => rmSync(path, { force: true }),
      };
    });
