import { equalBytes } from "#main/crypto/hash.ts";
import type { Handler } from "#main/dispatch/handlers.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { type BackupFile, bodyOf, type KeyFile, readBackup, sealedDigest } from "./backup-file.ts";
import { objectResource } from "./change-objects.ts";
import { restoreFromBackup } from "./restore-from-backup.ts";
import { readObjects } from "./token-objects.ts";
import type { TokensParts } from "./tokens-parts.ts";
import { checkOf, type WrappingKey, wrappingKeyOf, wrapValue } from "./wrapping-key.ts";

/** H09, to a token that holds the wrapping key the backup was written with. Alone with it: nobody else restores the same meanwhile. */
export const restoreKey =
  (parts: TokensParts): Handler<"tokens", "restoreKey"> =>
  (params) =>
    parts.service.exclusive(params.id, async (token) => {
      await parts.service.logins.requireUser(token);
      const file = wrappedByKey(readBackup(params.path));
      const all = await readObjects(token);
      const wrapping = await wrappingKeyOf(token, params.wrappingRef, all);
      await assertUnchanged(wrapping, file);
      const { objects, proof, undo } = await restoreFromBackup(wrapping, file, all);
      const [first] = objects;
      return {
        result: { objects: objects.map(({ view }) => view), proof },
        ...(first === undefined ? {} : { resource: objectResource(token, first) }),
        status: "warning",
        undo,
        changed: ["tokens"],
      };
    });

function wrappedByKey(file: BackupFile): KeyFile {
  if (file.version === 1) return file;
  const { threshold, total } = file.wrappedBy;
  throw new KeysteadError(
    "tokens/backup-wrong-key",
    `This backup opens with ${threshold} of ${total} shares and with no wrapping key of a token. Restore it from shares.`,
    { threshold, total },
  );
}

/** Errors: backup-wrong-key (another wrapping key), backup-unreadable (the file is not what was written). */
async function assertUnchanged(wrapping: WrappingKey, file: KeyFile): Promise<void> {
  const { sealFormat } = file.wrapping;
  const { label, check } = file.wrappedBy;
  if ((await checkOf(wrapping, sealFormat)) !== check)
    throw new KeysteadError(
      "tokens/backup-wrong-key",
      `This backup was wrapped by another key: “${label}”, made or received on “${file.from.label}” (serial ${file.from.serial}). Transfer that wrapping key to this token first, or choose it.`,
      { label, keyId: file.wrappedBy.keyId },
    );
  using digest = sealedDigest(bodyOf(file));
  const seal = await wrapValue(wrapping, sealFormat, digest);
  if (!equalBytes(seal, Buffer.from(file.seal, "base64")))
    throw new KeysteadError(
      "tokens/backup-unreadable",
      "This file was changed after it was written: its seal does not fit. Nothing was restored; use another copy.",
    );
}
