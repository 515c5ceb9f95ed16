import { isKeysteadError, KeysteadError } from "#shared/errors/keystead-error.ts";
import { type BackupKey, KEY_ID_MAX_BYTES, LABEL_MAX, type WrappedPart } from "./backup-file.ts";
import { chooseWrap } from "./mechanism-choice.ts";
import { CHECK_KINDS, checkValueOf } from "./secret-key-check.ts";
import { CKK } from "./token-numbers.ts";
import type { OnToken } from "./token-objects.ts";
import type { Mechanism } from "./token-port.ts";
import { keyBehind } from "./token-signing.ts";
import type { WrappedFormat } from "./wrapped-content.ts";
import { sealFormatOf, type WrappingHandle } from "./wrapping-key.ts";

/** A key that cannot leave, or not come back, says so before anybody relies on a backup of it. Errors: not-permitted, key-stays. */
export function assertMayLeave(object: OnToken): void {
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
  assertNameFits(object);
}

/** Tokens take longer names than a backup's file, which is read with care, has room for. Error `not-permitted`. */
export function assertNameFits({ keyId, label, view }: OnToken): void {
  const bytes = keyId.length / 2;
  if (bytes > KEY_ID_MAX_BYTES)
    throw new KeysteadError(
      "tokens/not-permitted",
      `The id of “${label.slice(0, 80)}” has ${bytes} bytes, and a backup's file has room for ${KEY_ID_MAX_BYTES}. Nothing was written; give it a shorter id with the token's own tools, or make another key.`,
      { ref: view.ref },
    );
  if (label.length > LABEL_MAX)
    throw new KeysteadError(
      "tokens/not-permitted",
      `The label “${label.slice(0, 80)}…” has ${label.length} characters, and a backup's file has room for ${LABEL_MAX}. Nothing was written; rename the key and back it up then.`,
      { ref: view.ref },
    );
}

/** A key as it goes into a backup's file. Errors: mechanism-broken, mechanism-missing, key-stays, not-permitted. */
export async function wrapForBackup(
  wrapping: WrappingHandle,
  object: OnToken,
  all: readonly OnToken[],
): Promise<{ readonly mechanism: string; readonly part: WrappedPart }> {
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
  const sealFormat = sealFormatOf(abilities);
  const check = isPrivate ? {} : await checkOfSecret(wrapping, object, sealFormat);
  const wrapped = await wrap(wrapping, plan.mechanism, object);
  const part: WrappedPart = {
    key: {
      class: isPrivate ? "private-key" : "secret-key",
      label: object.label,
      keyId: object.keyId,
      uses: object.view.uses,
      ...(typeof bytes === "number" && bytes > 0 && !isPrivate ? { bytes } : {}),
      ...(publicKey === undefined ? {} : { publicKey }),
      ...check,
    },
    wrapping: { format: plan.format, sealFormat },
    from: { label, serial, manufacturer, model },
    wrapped: wrapped.toString("base64"),
  };
  return { mechanism: plan.mechanism.name, part };
}

/** Some tokens keep a kind of key whatever its attributes say: SoftHSM 2.6 wraps no Ed25519 key. */
async function wrap(
  { token, object: wrappingKey }: WrappingHandle,
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

/** A key that encrypts shows it by encrypting, one that wraps by wrapping; without either no restore could be proved (C46). */
async function checkOfSecret(
  wrapping: WrappingHandle,
  object: OnToken,
  format: WrappedFormat,
): Promise<Pick<BackupKey, "check" | "checkedBy">> {
  for (const kind of CHECK_KINDS.filter((each) => object.view.uses.includes(each))) {
    const check = await checkValueOf({ ...wrapping, object }, kind, format);
    if (check !== undefined) return { check, checkedBy: kind };
  }
  throw new KeysteadError(
    "tokens/not-permitted",
    `“${object.label}” neither encrypts nor wraps on this token, so nothing could prove that a restore gives the same key back. Nothing was written; make another key where a backup is needed.`,
    { ref: object.view.ref },
  );
}
