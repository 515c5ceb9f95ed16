import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { equalBytes } from "#main/crypto/hash.ts";
import { randomBytes } from "#main/crypto/random.ts";
import type { Handler } from "#main/dispatch/handlers.ts";
import { isKeysteadError, KeysteadError } from "#shared/errors/keystead-error.ts";
import { BACKUP_MAX_BYTES, type BackupFile, bodyOf, decodeBackup, sealedDigest } from "./backup-file.ts";
import { objectResource } from "./change-objects.ts";
import { destroyQuietly } from "./make-key.ts";
import { createPublicHalf } from "./public-half.ts";
import { type PublicValue, publicValueOfSpki } from "./public-value.ts";
import { checkValueOf } from "./secret-key-check.ts";
import { unwrapPrivateTemplate, unwrapSecretTemplate } from "./templates.ts";
import { readObjects } from "./token-objects.ts";
import type { Attributes, ObjectHandle } from "./token-port.ts";
import { signOnToken } from "./token-signing.ts";
import type { TokensParts } from "./tokens-parts.ts";
import { checkOf, mechanismFor, type WrappingKey, wrappingKeyOf, wrapValue } from "./wrapping-key.ts";

/** H09: nothing is kept on the token that has not been used once, and found to be the key that was backed up (C46). */
export const restoreKey =
  (parts: TokensParts): Handler<"tokens", "restoreKey"> =>
  (params) =>
    parts.service.shared(params.id, async (token) => {
      await parts.service.requireUser(token);
      const file = readBackup(params.path);
      const all = await readObjects(token);
      const wrapping = await wrappingKeyOf(token, params.wrappingRef, all);
      await assertUnchanged(wrapping, file);
      const { key } = file;
      if (all.some((object) => object.class === key.class && object.keyId === key.keyId))
        throw new KeysteadError(
          "tokens/object-ambiguous",
          `A key with the id of “${key.label}” is on this token already. Restore to another token, or delete that one first.`,
          { keyId: key.keyId },
        );
      const made: ObjectHandle[] = [];
      const undo = () => destroyQuietly(token, made);
      try {
        const proof =
          key.class === "private-key"
            ? await restorePrivate(wrapping, file, made)
            : await restoreSecret(wrapping, file, made);
        const objects = (await readObjects(token)).filter(({ handle }) => made.includes(handle));
        const [first] = objects;
        return {
          result: { objects: objects.map(({ view }) => view), proof },
          ...(first === undefined ? {} : { resource: objectResource(token, first) }),
          status: "warning",
          undo,
          changed: ["tokens"],
        };
      } catch (error) {
        await undo();
        throw error;
      }
    });

function readBackup(path: string): BackupFile {
  try {
    const handle = openSync(path, "r");
    try {
      if (fstatSync(handle).size > BACKUP_MAX_BYTES) return decodeBackup(Buffer.alloc(0));
      return decodeBackup(readFileSync(handle));
    } finally {
      closeSync(handle);
    }
  } catch (cause) {
    if (isKeysteadError(cause)) throw cause;
    throw new KeysteadError("tokens/backup-unreadable", `The file ${path} cannot be read.`, { path }, { cause });
  }
}

/** Errors: backup-wrong-key (another wrapping key), backup-unreadable (the file is not what was written). */
async function assertUnchanged(wrapping: WrappingKey, file: BackupFile): Promise<void> {
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

async function restorePrivate(wrapping: WrappingKey, file: BackupFile, made: ObjectHandle[]): Promise<string> {
  const { token } = wrapping;
  const { key } = file;
  const value: PublicValue | undefined = publicValueOfSpki(Buffer.from(key.publicKey ?? "", "base64"));
  if (value === undefined)
    throw new KeysteadError(
      "tokens/backup-unreadable",
      "The backup's public key cannot be read. Nothing was restored.",
    );
  const wish = { label: key.label, keyId: key.keyId, extractable: true };
  const handle = await unwrap(wrapping, file, [
    { ...unwrapPrivateTemplate(wish, value.parts), ...usesIn(key.uses, ["sign", "decrypt", "unwrap", "derive"]) },
  ]);
  made.push(handle);
  made.push(await createPublicHalf(token, value.parts, wish));
  await signOnToken(token, { handle, value }, randomBytes(64));
  return `It signed on “${token.info.label}”, and the signature is one of the public key in the backup.`;
}

async function restoreSecret(wrapping: WrappingKey, file: BackupFile, made: ObjectHandle[]): Promise<string> {
  const { key } = file;
  const purpose = key.uses.includes("wrap") ? "wrap" : "general";
  const wish = { label: key.label, keyId: key.keyId, extractable: true, purpose } as const;
  // Some tokens want the length, others refuse it.
  const handle = await unwrap(wrapping, file, [unwrapSecretTemplate(wish, key.bytes), unwrapSecretTemplate(wish)]);
  made.push(handle);
  const found = await checkOfRestored(wrapping, file, handle);
  if (found !== undefined && found === key.check)
    return `Its check value ${found} is the one that the key had on “${file.from.label}”.`;
  throw new KeysteadError(
    "tokens/mechanism-broken",
    found === undefined || key.check === undefined
      ? "The restored key could not be tried, so it was deleted again. Run the module doctor on the token's library."
      : "The restored key is not the one that was backed up: its check value is another. It was deleted again.",
  );
}

async function checkOfRestored(
  wrapping: WrappingKey,
  file: BackupFile,
  handle: ObjectHandle,
): Promise<string | undefined> {
  const { token } = wrapping;
  const value = await checkValueOf(token, handle);
  if (value !== undefined || !file.key.uses.includes("wrap")) return value;
  const object = (await readObjects(token)).find((candidate) => candidate.handle === handle);
  return object === undefined ? undefined : checkOf({ ...wrapping, object }, file.wrapping.sealFormat);
}

function usesIn(uses: readonly string[], names: readonly string[]): Attributes {
  return Object.fromEntries(names.map((name) => [`CKA_${name.toUpperCase()}`, uses.includes(name)]));
}

async function unwrap(
  wrapping: WrappingKey,
  file: BackupFile,
  templates: readonly Attributes[],
): Promise<ObjectHandle> {
  const { token, object, abilities } = wrapping;
  const mechanism = mechanismFor(abilities, file.wrapping.format, "UNWRAP");
  const wrapped = Buffer.from(file.wrapped, "base64");
  for (const [index, template] of templates.entries()) {
    try {
      return await token.module.unwrapKey(token.slot.slotId, mechanism, object.handle, wrapped, template);
    } catch (error) {
      const refused = isKeysteadError(error) && error.code === "tokens/not-permitted";
      if (!refused || index === templates.length - 1) throw error;
    }
  }
  throw new TypeError("a key is unwrapped with at least one template");
}
