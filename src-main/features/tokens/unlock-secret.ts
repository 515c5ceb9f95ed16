import { CURVES } from "#main/crypto/curves.ts";
import { SecretBytes } from "#main/crypto/secret-bytes.ts";
import type { TokenAnswer } from "#main/features/vault/index.ts";
import { isKeysteadError, KeysteadError } from "#shared/errors/keystead-error.ts";
import { ecdhPeerForms } from "./ec-point.ts";
import { CKK, CKO } from "./token-numbers.ts";
import type { Attributes, ObjectHandle, TokenModule } from "./token-port.ts";

/** A token somebody is logged in to. */
export interface LoggedIn {
  readonly module: TokenModule;
  readonly slotId: string;
}

export type UnlockMethod = TokenAnswer["method"];

/** The secret has 32 bytes whatever the token does; only a P-384 agreement gives 48. */
export const SECRET_BYTES = 32;

const KEYS: Readonly<Record<UnlockMethod, Attributes>> = {
  "rsa-oaep-sha256": { CKA_CLASS: CKO.privateKey, CKA_KEY_TYPE: CKK.rsa },
  "rsa-oaep-sha1": { CKA_CLASS: CKO.privateKey, CKA_KEY_TYPE: CKK.rsa },
  "ecdh-p256": { CKA_CLASS: CKO.privateKey, CKA_KEY_TYPE: CKK.ec },
  "ecdh-p384": { CKA_CLASS: CKO.privateKey, CKA_KEY_TYPE: CKK.ec },
  "aes-gcm": { CKA_CLASS: CKO.secretKey, CKA_KEY_TYPE: CKK.aes },
};

/** The key of a slot by its CKA_ID and kind. Error: `tokens/object-not-found`, in the words for a token initialised since. */
export async function findUnlockKey(at: LoggedIn, keyId: string, method: UnlockMethod): Promise<ObjectHandle> {
  const template = { ...KEYS[method], CKA_ID: Buffer.from(keyId, "hex") };
  const [found] = await at.module.find(at.slotId, template, []);
  if (found !== undefined) return found.handle;
  throw new KeysteadError(
    "tokens/object-not-found",
    "The token is in, but its key for this vault is not on it any more: the token was initialised, or the key deleted, since it was registered. Unlock with a password or another token, and register this one again.",
    { keyId },
  );
}

/**
 * Lets the token answer with the secret. A token that answers wrongly is found out by the slot that does not open; one that
 * answers with what cannot be a secret, here. Errors: object-not-found, challenge-failed, and the token's own.
 */
export async function askSecret(at: LoggedIn, keyId: string, answer: TokenAnswer): Promise<SecretBytes> {
  const key = await findUnlockKey(at, keyId, answer.method);
  const bytes = await answerOf(at, key, answer);
  const wanted = answer.method === "ecdh-p384" ? CURVES.nistp384.scalarBytes : SECRET_BYTES;
  const secret = SecretBytes.take(bytes);
  if (secret.length === wanted) return secret;
  secret.dispose();
  throw new KeysteadError(
    "tokens/challenge-failed",
    `The token answered with ${bytes.length} bytes where ${wanted} belong. It does not do what it says; use another token.`,
    { method: answer.method },
  );
}

async function answerOf({ module, slotId }: LoggedIn, key: ObjectHandle, answer: TokenAnswer): Promise<Buffer> {
  switch (answer.method) {
    case "rsa-oaep-sha1":
    case "rsa-oaep-sha256": {
      const hash = answer.method === "rsa-oaep-sha1" ? "sha1" : "sha256";
      const mechanism = { name: "CKM_RSA_PKCS_OAEP", parameter: { kind: "oaep", hash } } as const;
      return module.decrypt(slotId, mechanism, key, Buffer.from(answer.parameters.ciphertext, "base64"));
    }
    case "aes-gcm": {
      const iv = Buffer.from(answer.parameters.iv, "base64");
      return module.decrypt(slotId, gcm(iv), key, Buffer.from(answer.parameters.ciphertext, "base64"));
    }
    case "ecdh-p256":
    case "ecdh-p384": {
      const bytes = answer.method === "ecdh-p256" ? CURVES.nistp256.scalarBytes : CURVES.nistp384.scalarBytes;
      return agree({ module, slotId }, key, Buffer.from(answer.parameters.publicPoint, "base64"), bytes);
    }
  }
}

export function gcm(iv: Buffer) {
  return { name: "CKM_AES_GCM", parameter: { kind: "gcm", iv, tagBits: 128 } } as const;
}

/** The agreed value becomes an object of this session only, is read once and destroyed. */
async function agree(at: LoggedIn, key: ObjectHandle, point: Buffer, bytes: number): Promise<Buffer> {
  const { module, slotId } = at;
  const derived = await deriveFrom(at, key, ecdhPeerForms(point), {
    CKA_CLASS: CKO.secretKey,
    CKA_KEY_TYPE: CKK.genericSecret,
    CKA_TOKEN: false,
    CKA_SENSITIVE: false,
    CKA_EXTRACTABLE: true,
    CKA_VALUE_LEN: bytes,
  });
  try {
    const { CKA_VALUE: value } = await module.read(slotId, derived, ["CKA_VALUE"]);
    if (!Buffer.isBuffer(value)) throw cannotTell();
    return value;
  } finally {
    await module.destroyObject(slotId, derived);
  }
}

/** C37: bare first, then DER; a token says in words of its own which it does not take. */
async function deriveFrom(
  { module, slotId }: LoggedIn,
  key: ObjectHandle,
  forms: readonly Buffer[],
  template: Attributes,
): Promise<ObjectHandle> {
  let refused: unknown = cannotTell();
  for (const publicPoint of forms) {
    try {
      const mechanism = { name: "CKM_ECDH1_DERIVE", parameter: { kind: "ecdh", publicPoint } } as const;
      return await module.deriveKey(slotId, mechanism, key, template);
    } catch (error) {
      if (isTokenGone(error)) throw error;
      refused = error;
    }
  }
  throw refused;
}

function cannotTell(): KeysteadError {
  return new KeysteadError(
    "tokens/mechanism-broken",
    "The token agrees on a secret and then does not tell it, so it cannot unlock a vault this way.",
  );
}

// Not among them: a device error. Cards say so of what they cannot do, and one that has failed says so of the next thing too.
const GONE: readonly string[] = [
  "tokens/removed",
  "tokens/not-present",
  "tokens/not-logged-in",
  "tokens/module-crashed",
  "tokens/module-hung",
];

/** Failures after which trying something else on this token makes no sense; whatever is not a token's is a bug and ends it too. */
export function isTokenGone(error: unknown): boolean {
  return !isKeysteadError(error) || GONE.includes(error.code);
}
