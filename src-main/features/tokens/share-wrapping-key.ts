import { randomId } from "#main/crypto/random.ts";
import type { SecretBytes } from "#main/crypto/secret-bytes.ts";
import { isKeysteadError, KeysteadError } from "#shared/errors/keystead-error.ts";
import { type SharesBody, sealedDigest } from "./backup-file.ts";
import { destroyQuietly } from "./make-key.ts";
import { probeWrapping } from "./token-abilities.ts";
import type { TokenInUse } from "./token-in-use.ts";
import { CKK, CKO } from "./token-numbers.ts";
import type { ObjectHandle } from "./token-port.ts";
import { type WrappedFormat, wrapLocally } from "./wrapped-content.ts";
import { checkOf, sealFormatOf, type WrappingHandle, wrappingCheckValue } from "./wrapping-key.ts";

/**
 * Puts the wrapping key that custodians share on the token for as long as `work` takes: an object of this session, which wraps
 * and unwraps and never leaves. Errors: import-refused (C45), mechanism-missing, mechanism-broken.
 */
export async function withSharedKey<T>(
  token: TokenInUse,
  secret: SecretBytes,
  work: (wrapping: WrappingHandle) => Promise<T>,
): Promise<T> {
  const handle = await putKey(token, secret);
  try {
    const wrapping = { token, object: { handle }, abilities: await probeWrapping(token) };
    await assertSame(wrapping, secret);
    return await work(wrapping);
  } finally {
    await destroyQuietly(token, [handle]);
  }
}

async function putKey(token: TokenInUse, secret: SecretBytes): Promise<ObjectHandle> {
  const value = Buffer.from(secret.reveal());
  const template = {
    CKA_CLASS: CKO.secretKey,
    CKA_KEY_TYPE: CKK.aes,
    CKA_TOKEN: false,
    CKA_PRIVATE: true,
    CKA_SENSITIVE: true,
    CKA_EXTRACTABLE: false,
    CKA_LABEL: `keystead-shared-${randomId().slice(0, 8)}`,
    CKA_WRAP: true,
    CKA_UNWRAP: true,
    CKA_ENCRYPT: false,
    CKA_DECRYPT: false,
    CKA_VALUE: value,
  };
  try {
    return await token.module.createObject(token.slot.slotId, template);
  } catch (error) {
    if (!isKeysteadError(error) || !REFUSALS.includes(error.code)) throw error;
    throw new KeysteadError(
      "tokens/import-refused",
      `The token “${token.info.label}” takes no key from outside, so the key that the custodians share cannot be put on it, not even for a moment. Back up with a wrapping key made on the token instead, and transfer that one.`,
      error.details,
      { cause: error },
    );
  } finally {
    value.fill(0);
  }
}

/** What tokens say that have no import: by function, by template, or in words of their own. */
const REFUSALS: readonly string[] = [
  "tokens/not-permitted",
  "tokens/mechanism-missing",
  "tokens/failed",
  "tokens/write-protected",
];

/** The proof that the token works with the key that is shared, and with no other. */
async function assertSame(wrapping: WrappingHandle, secret: SecretBytes): Promise<void> {
  const format = sealFormatOf(wrapping.abilities);
  if ((await checkOf(wrapping, format)) === localCheckOf(secret, format)) return;
  throw new KeysteadError(
    "tokens/mechanism-broken",
    "The token works with another key than the one it was given. Nothing was done; run the module doctor on its library.",
  );
}

/** As `checkOf` gives it on a token; 8 bytes, hex. */
export function localCheckOf(secret: SecretBytes, format: WrappedFormat): string {
  using value = wrappingCheckValue();
  return wrapLocally(format, secret, value).subarray(0, 8).toString("hex");
}

/** The file's seal, made here: whoever has the shares can check it without any token. */
export function localSealOf(secret: SecretBytes, body: SharesBody): Buffer {
  using digest = sealedDigest(body);
  return wrapLocally(body.wrapping.sealFormat, secret, digest);
}
