import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { writeNewPrivateFile } from "#main/adapters/files/atomic-write.ts";
import type { Handler } from "#main/dispatch/handlers.ts";
import { fileNameOf } from "#main/features/keypairs/index.ts";
import { isKeysteadError, KeysteadError } from "#shared/errors/keystead-error.ts";
import { BACKUP_ENDING, type BackupBody, encodeBackup, sealedDigest } from "./backup-file.ts";
import { objectResource } from "./change-objects.ts";
import { chooseWrap } from "./mechanism-choice.ts";
import { findByRef } from "./object-ref.ts";
import { checkValueOf } from "./secret-key-check.ts";
import { CKK } from "./token-numbers.ts";
import { type OnToken, readObjects } from "./token-objects.ts";
import type { Mechanism } from "./token-port.ts";
import { keyBehind } from "./token-signing.ts";
import type { TokensParts } from "./tokens-parts.ts";
import { checkOf, sealFormatOf, type WrappingKey, wrappingKeyOf, wrapValue } from "./wrapping-key.ts";

/** H09. A key that cannot leave says so before anybody relies on a backup of it. */
export const backUpKey =
  (parts: TokensParts): Handler<"tokens", "backUpKey"> =>
  (params, call) =>
    parts.service.shared(params.id, async (token) => {
      await parts.service.requireUser(token);
      const all = await readObjects(token);
      const object = findByRef(params.ref, all);
      assertMayLeave(object);
      const wrapping = await wrappingKeyOf(token, params.wrappingRef, all);
      if (wrapping.object.handle === object.handle)
        throw new KeysteadError("tokens/not-permitted", "A key cannot wrap itself. Choose another wrapping key.", {
          ref: params.ref,
        });
      const { mechanism, body } = await wrapInto(wrapping, object, all, call.clock.now());
      using digest = sealedDigest(body);
      const seal = await wrapValue(wrapping, body.wrapping.sealFormat, digest);
      const path = write(parts, params.folder, object.label, encodeBackup({ ...body, seal: seal.toString("base64") }));
      return {
        result: { path, mechanism },
        resource: objectResource(token, object),
        status: "warning",
        undo: () => rmSync(path, { force: true }),
      };
    });

function assertMayLeave(object: OnToken): void {
  const { attributes, label, view } = object;
  if (object.class !== "private-key" && object.class !== "secret-key")
    throw new KeysteadError("tokens/not-permitted", `“${label}” is not secret, so there is nothing to wrap.`, {
      ref: view.ref,
    });
  if (attributes.CKA_EXTRACTABLE !== true)
    throw new KeysteadError(
      "tokens/key-stays",
      `“${label}” was made never to leave its token. It cannot be backed up, and is gone when the token is lost: make a new, extractable key where a backup is needed.`,
      { ref: view.ref },
    );
  const usable = object.class === "private-key" ? attributes.CKA_SIGN === true : attributes.CKA_KEY_TYPE === CKK.aes;
  if (!usable)
    throw new KeysteadError(
      "tokens/not-permitted",
      `Keystead backs up AES keys and keys that sign; “${label}” is neither, so a restore could not be proved. Make another one on the other token instead.`,
      { ref: view.ref },
    );
}

async function wrapInto(
  wrapping: WrappingKey,
  object: OnToken,
  all: readonly OnToken[],
  createdAt: number,
): Promise<{ readonly mechanism: string; readonly body: BackupBody }> {
  const { token, abilities } = wrapping;
  const { label, serial, manufacturer, model } = token.info;
  const isPrivate = object.class === "private-key";
  const plan = chooseWrap(abilities, isPrivate ? "private" : "secret");
  if (plan.format === undefined)
    throw new KeysteadError(
      "tokens/mechanism-broken",
      `What ${plan.mechanism.name} makes on this token could not be recognised, so nobody could restore it. Run the module doctor.`,
      { mechanism: plan.mechanism.name },
    );
  const publicKey = isPrivate ? keyBehind(object, all).value.spki.toString("base64") : undefined;
  const bytes = object.attributes.CKA_VALUE_LEN;
  const check = isPrivate ? undefined : await checkOfSecret(token, object);
  const sealFormat = sealFormatOf(abilities);
  const wrapped = await wrap(wrapping, plan.mechanism, object);
  const body: BackupBody = {
    format: "keystead-token-backup",
    version: 1,
    createdAt,
    key: {
      class: isPrivate ? "private-key" : "secret-key",
      label: object.label,
      keyId: object.keyId,
      uses: object.view.uses,
      ...(typeof bytes === "number" && bytes > 0 && !isPrivate ? { bytes } : {}),
      ...(publicKey === undefined ? {} : { publicKey }),
      ...(check === undefined ? {} : { check }),
    },
    wrappedBy: {
      label: wrapping.object.label,
      keyId: wrapping.object.keyId,
      check: await checkOf(wrapping, sealFormat),
    },
    wrapping: { format: plan.format, sealFormat },
    from: { label, serial, manufacturer, model },
    wrapped: wrapped.toString("base64"),
  };
  return { mechanism: plan.mechanism.name, body };
}

/** Some tokens keep a kind of key whatever its attributes say: SoftHSM 2.6 wraps no Ed25519 key. */
async function wrap(
  { token, object: wrappingKey }: WrappingKey,
  mechanism: Mechanism,
  object: OnToken,
): Promise<Buffer> {
  try {
    return await token.module.wrapKey(token.slot.slotId, mechanism, wrappingKey.handle, object.handle);
  } catch (error) {
    if (!isKeysteadError(error) || error.code !== "tokens/key-stays") throw error;
    throw new KeysteadError(
      "tokens/key-stays",
      `“${object.label}” may leave its token by its attributes, and yet the token does not wrap keys of its kind (${object.view.keyType ?? "unknown"}). It cannot be backed up: use another kind of key where a backup is needed.`,
      { ...error.details, ref: object.view.ref },
    );
  }
}

/** A key that encrypts shows it by encrypting, one that wraps by wrapping. */
async function checkOfSecret(token: WrappingKey["token"], object: OnToken): Promise<string | undefined> {
  const value = await checkValueOf(token, object.handle);
  if (value !== undefined || object.attributes.CKA_WRAP !== true) return value;
  const asWrapping = await wrappingKeyOf(token, object.view.ref, [object]);
  return checkOf(asWrapping, sealFormatOf(asWrapping.abilities));
}

function write(parts: TokensParts, folder: string | undefined, label: string, bytes: Buffer): string {
  const place = folder ?? parts.exportFolder;
  try {
    // Only our own export folder is made; a mistyped one is an error, not a new folder somewhere.
    if (folder === undefined) mkdirSync(place, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new KeysteadError("files/not-writable", `The folder ${place} cannot be made.`, { folder: place }, { cause });
  }
  const path = join(place, fileNameOf(label, BACKUP_ENDING));
  writeNewPrivateFile(path, bytes);
  return path;
}
