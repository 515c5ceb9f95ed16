import { sha256 } from "#main/crypto/hash.ts";
import { SecretBytes } from "#main/crypto/secret-bytes.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { destroyQuietly } from "./make-key.ts";
import { canUse, mechanismFor, WRAPS } from "./mechanism-choice.ts";
import { findByRef } from "./object-ref.ts";
import { type KnownAbilities, probeWrapping, throwAwayAesKey } from "./token-abilities.ts";
import type { TokenInUse } from "./token-in-use.ts";
import { CKK } from "./token-numbers.ts";
import type { OnToken } from "./token-objects.ts";
import { WRAPPED_FORMATS, type WrappedFormat } from "./wrapped-content.ts";

/** An AES key on a token that may wrap others, for this session at least, and what the token really does with such a key. */
export interface WrappingHandle {
  readonly token: TokenInUse;
  readonly object: Pick<OnToken, "handle">;
  readonly abilities: KnownAbilities;
}

/** One that is kept there. */
export interface WrappingKey extends WrappingHandle {
  readonly object: OnToken;
}

/** Errors: object-not-found, object-ambiguous, not-permitted. The user must be logged in. */
export async function wrappingKeyOf(token: TokenInUse, ref: string, all: readonly OnToken[]): Promise<WrappingKey> {
  const object = findByRef(ref, all);
  const { CKA_KEY_TYPE: type, CKA_WRAP: wraps } = object.attributes;
  if (object.class !== "secret-key" || type !== CKK.aes || wraps !== true)
    throw new KeysteadError(
      "tokens/not-permitted",
      `“${object.label}” is not a wrapping key. Make an AES key with the purpose “wrap”, or choose one.`,
      { ref },
    );
  return { token, object, abilities: await probeWrapping(token) };
}

/**
 * What a new backup is worth is what its wrapping key is worth: one that can be read in clear, or that decrypts what it wraps,
 * gives every key away that it is to guard. Restoring goes on with whatever a backup was wrapped by. Error `not-permitted`.
 */
export function assertGuards({ object }: WrappingKey): void {
  const { CKA_SENSITIVE: sensitive, CKA_DECRYPT: decrypts } = object.attributes;
  if (sensitive === true && decrypts !== true) return;
  const why = sensitive === true ? "decrypts what it wraps" : "can be read in clear";
  throw new KeysteadError(
    "tokens/not-permitted",
    `“${object.label}” ${why}, so a backup by it would protect nothing. Make a new AES key with the purpose “wrap” and choose that one.`,
    { ref: object.view.ref },
  );
}

/** The format in which this token can seal and check values of 32 bytes; RFC 3394 first, because most tokens share it. */
export function sealFormatOf(abilities: KnownAbilities): WrappedFormat {
  const found = WRAPPED_FORMATS.find((format) =>
    WRAPS.some((name) => abilities.wrapped.get(name) === format && canUse(abilities, name, "WRAP")),
  );
  if (found !== undefined) return found;
  throw new KeysteadError(
    "tokens/mechanism-missing",
    "No AES key wrap of this token could be proved to work, so nothing is backed up with it. Run the module doctor on its library.",
  );
}

/** Wraps 32 bytes known here. Deterministic: the same key and format give the same on every token. */
export async function wrapValue(
  { token, object, abilities }: WrappingHandle,
  format: WrappedFormat,
  value: SecretBytes,
): Promise<Buffer> {
  const carrier = await throwAwayAesKey(token, value, { CKA_ENCRYPT: true });
  if (carrier === undefined)
    throw new KeysteadError(
      "tokens/mechanism-missing",
      "This token takes no key from outside, so it cannot seal a backup.",
    );
  try {
    return await token.module.wrapKey(
      token.slot.slotId,
      mechanismFor(abilities, format, "WRAP"),
      object.handle,
      carrier,
    );
  } finally {
    await destroyQuietly(token, [carrier]);
  }
}

/** Tells wrapping keys apart without telling anything of them; 8 bytes, hex (C46). */
export async function checkOf(key: WrappingHandle, format: WrappedFormat): Promise<string> {
  using value = wrappingCheckValue();
  return (await wrapValue(key, format, value)).subarray(0, 8).toString("hex");
}

/** What every wrapping key wraps to be told from others; no secret. */
export function wrappingCheckValue(): SecretBytes {
  return SecretBytes.take(sha256("keystead/wrapping-key-check/v1"));
}
