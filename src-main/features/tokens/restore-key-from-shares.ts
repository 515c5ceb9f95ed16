import { equalBytes } from "#main/crypto/hash.ts";
import type { SecretBytes } from "#main/crypto/secret-bytes.ts";
import type { Handler } from "#main/dispatch/handlers.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { bodyOf, readBackup, type SharesBody, type SharesFile } from "./backup-file.ts";
import { objectResource } from "./change-objects.ts";
import { restoreFromBackup } from "./restore-from-backup.ts";
import { openSet, readShares } from "./share-rules.ts";
import { localCheckOf, localSealOf, withSharedKey } from "./share-wrapping-key.ts";
import { readObjects } from "./token-objects.ts";
import type { TokensParts } from "./tokens-parts.ts";

/** H09: to any token that takes a key from outside for a moment; no wrapping key has to be there (C45). Alone with it, as `restoreKey` is. */
export const restoreKeyFromShares =
  (parts: TokensParts): Handler<"tokens", "restoreKeyFromShares"> =>
  (params) =>
    parts.service.exclusive(params.id, async (token) => {
      await parts.service.logins.requireUser(token);
      const file = readSharesFile(params.path);
      using secret = openFile(file, params.shares);
      const all = await readObjects(token);
      const restored = await withSharedKey(token, secret, (wrapping) => restoreFromBackup(wrapping, file, all));
      const [first] = restored.objects;
      return {
        result: { objects: restored.objects.map(({ view }) => view), proof: restored.proof },
        ...(first === undefined ? {} : { resource: objectResource(token, first) }),
        status: "warning",
        undo: restored.undo,
        changed: ["tokens"],
      };
    });

/**
 * D30: the drill. The shares give the wrapping key, and that key's seal is on the file, wrapped key and all. No token takes part
 * and the key in the backup is never unwrapped, so a drill endangers nothing.
 */
export const rehearseShares =
  (): Handler<"tokens", "rehearseShares"> =>
  async ({ path, shares }) => {
    const file = readSharesFile(path);
    openFile(file, shares).dispose();
    const { setId, threshold, total } = file.wrappedBy;
    const { label } = file.key;
    return {
      result: {
        setId,
        label,
        threshold,
        total,
        proof: `The ${threshold} shares give the key that “${label}” was wrapped by, and its seal on the file fits: nothing in it was changed.`,
      },
      resource: { type: "token-shares", id: setId, name: label },
    };
  };

/** One custodian's share against the file, at once: who has a slip hears it before the next one comes. */
export const checkShare =
  (): Handler<"tokens", "checkShare"> =>
  async ({ path, share }) => {
    const file = readSharesFile(path);
    const { setId, threshold, total } = file.wrappedBy;
    const [read] = readShares([share], file.wrappedBy);
    read?.value.dispose();
    return {
      result: { index: read?.index ?? 0, setId, threshold, total, label: file.key.label },
      resource: { type: "token-shares", id: setId, name: file.key.label },
    };
  };

/** Errors: backup-unreadable, backup-wrong-key for one that shares do not open. */
function readSharesFile(path: string): SharesFile {
  const file = readBackup(path);
  if (file.version === 2) return file;
  const { label, keyId } = file.wrappedBy;
  throw new KeysteadError(
    "tokens/backup-wrong-key",
    `This backup was wrapped by the key “${label}” of a token and opens with that one, not with shares.`,
    { label, keyId },
  );
}

/** The wrapping key, when the file is what was sealed with it. Errors: those of the shares, backup-unreadable. */
function openFile(file: SharesFile, texts: readonly string[]): SecretBytes {
  const shares = readShares(texts, file.wrappedBy);
  try {
    const secret = openSet(shares, file.wrappedBy);
    const body = bodyOf(file) as SharesBody;
    const { check } = file.wrappedBy;
    const fits = localCheckOf(secret, file.wrapping.sealFormat) === check;
    if (fits && equalBytes(localSealOf(secret, body), Buffer.from(file.seal, "base64"))) return secret;
    secret.dispose();
  } finally {
    for (const share of shares) share.value.dispose();
  }
  throw new KeysteadError(
    "tokens/backup-unreadable",
    "The shares are right, but the file was changed after it was written: its seal does not fit. Nothing was restored; use another copy.",
  );
}
