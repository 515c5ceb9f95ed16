import { randomBytes } from "#main/crypto/random.ts";
import { isKeysteadError, KeysteadError } from "#shared/errors/keystead-error.ts";
import type { WrappedPart } from "./backup-file.ts";
import { destroyQuietly } from "./make-key.ts";
import { mechanismFor } from "./mechanism-choice.ts";
import { USE_ATTRIBUTES } from "./protection.ts";
import { createPublicHalf } from "./public-half.ts";
import { type PublicValue, publicValueOfSpki } from "./public-value.ts";
import { checkKindIn, checkValueOf } from "./secret-key-check.ts";
import { unwrapPrivateTemplate, unwrapSecretTemplate } from "./templates.ts";
import { type OnToken, readObjects } from "./token-objects.ts";
import type { Attributes, ObjectHandle } from "./token-port.ts";
import { signOnToken } from "./token-signing.ts";
import type { WrappingHandle } from "./wrapping-key.ts";

interface Work {
  readonly wrapping: WrappingHandle;
  readonly file: WrappedPart;
  /** Everything put on the token so far. */
  readonly made: ObjectHandle[];
  /** For a key that goes with the session; `undefined` for one that stays. */
  readonly session: Attributes | undefined;
}

export interface Restored {
  readonly objects: readonly OnToken[];
  /** In words: what the restored key has done. */
  readonly proof: string;
  undo(): Promise<void>;
}

/** H09: nothing is kept on the token that has not been used once, and found to be the key that was backed up (C46). */
export async function restoreFromBackup(
  wrapping: WrappingHandle,
  file: WrappedPart,
  all: readonly OnToken[],
): Promise<Restored> {
  const { token } = wrapping;
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
    const proof = await restore({ wrapping, file, made, session: undefined });
    const objects = (await readObjects(token)).filter(({ handle }) => made.includes(handle));
    return { objects, proof, undo };
  } catch (error) {
    await undo();
    throw error;
  }
}

/** The same with a key that is gone when it has been used once: whether this backup could be restored here. */
export async function tryRestore(wrapping: WrappingHandle, file: WrappedPart): Promise<string> {
  const made: ObjectHandle[] = [];
  try {
    return await restore({ wrapping, file, made, session: { CKA_TOKEN: false } });
  } catch (error) {
    if (!isKeysteadError(error) || !ONE_WAY.includes(error.code)) throw error;
    throw new KeysteadError(
      "tokens/mechanism-broken",
      `The token wraps “${file.key.label}” and does not take it back, so a backup of it could not be restored. Nothing was written; use another kind of key where a backup is needed.`,
      error.details,
      { cause: error },
    );
  } finally {
    await destroyQuietly(wrapping.token, made);
  }
}

/** What tokens say that wrap a kind of key and do not unwrap it: NSS does so with EC keys. */
const ONE_WAY: readonly string[] = ["tokens/not-permitted", "tokens/mechanism-missing", "tokens/failed"];

function restore(work: Work): Promise<string> {
  return work.file.key.class === "private-key" ? restorePrivate(work) : restoreSecret(work);
}

async function restorePrivate({ wrapping, file, made, session }: Work): Promise<string> {
  const { token } = wrapping;
  const { key } = file;
  const value: PublicValue | undefined = publicValueOfSpki(Buffer.from(key.publicKey ?? "", "base64"));
  if (value === undefined)
    throw new KeysteadError(
      "tokens/backup-unreadable",
      "The backup's public key cannot be read. Nothing was restored.",
    );
  const wish = { label: key.label, keyId: key.keyId, extractable: true };
  const uses = usesIn(key.uses, ["CKA_SIGN", "CKA_DECRYPT", "CKA_UNWRAP", "CKA_DERIVE"]);
  const handle = await unwrap(wrapping, file, [{ ...unwrapPrivateTemplate(wish, value.parts), ...uses, ...session }]);
  made.push(handle);
  if (session === undefined) made.push(await createPublicHalf(token, value.parts, wish, key.uses));
  await signOnToken(token, { handle, value }, randomBytes(64));
  return `It signed on “${token.info.label}”, and the signature is one of the public key in the backup.`;
}

async function restoreSecret({ wrapping, file, made, session }: Work): Promise<string> {
  const { key } = file;
  const wish = { label: key.label, keyId: key.keyId, extractable: true, purpose: "general" } as const;
  // As it was, use for use: one more would be a door that its owner never opened, one less a key that fails him.
  const uses = usesIn(key.uses, USE_ATTRIBUTES);
  // Some tokens want the length, others refuse it.
  const templates = [unwrapSecretTemplate(wish, key.bytes), unwrapSecretTemplate(wish)];
  const handle = await unwrap(
    wrapping,
    file,
    templates.map((template) => ({ ...template, ...uses, ...session })),
  );
  made.push(handle);
  const again = { ...wrapping, object: { handle } };
  const found = await checkValueOf(again, checkKindIn(key), file.wrapping.sealFormat);
  if (found !== undefined && found === key.check)
    return `Its check value ${found} is the one that the key had on “${file.from.label}”.`;
  const end = session === undefined ? "It was deleted again." : "Nothing was written.";
  throw new KeysteadError(
    "tokens/mechanism-broken",
    found === undefined || key.check === undefined
      ? `The restored key could not be tried. ${end} Run the module doctor on the token's library.`
      : `The restored key is not the one that was backed up: its check value is another. ${end}`,
  );
}

/** Said either way: what a template leaves open, some tokens permit. */
function usesIn(uses: readonly string[], names: readonly string[]): Attributes {
  return Object.fromEntries(names.map((name) => [name, uses.includes(name.slice(4).toLowerCase())]));
}

async function unwrap(
  wrapping: WrappingHandle,
  file: WrappedPart,
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
