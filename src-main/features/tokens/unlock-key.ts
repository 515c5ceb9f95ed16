import { CURVES } from "#main/crypto/curves.ts";
import { agreeOnce } from "#main/crypto/ephemeral-ecdh.ts";
import type { PublicParts } from "#main/crypto/public-key.ts";
import { randomBytes, randomSecret } from "#main/crypto/random.ts";
import { oaepEncrypt } from "#main/crypto/rsa-oaep.ts";
import type { SecretBytes } from "#main/crypto/secret-bytes.ts";
import type { TokenAnswer } from "#main/features/vault/index.ts";
import { isKeysteadError, KeysteadError } from "#shared/errors/keystead-error.ts";
import { ecParamsForms } from "./ec-params.ts";
import { newKeyId } from "./key-id.ts";
import { PUBLIC_VALUE_ATTRIBUTES, publicValueOf } from "./public-value.ts";
import { CKK, CKO } from "./token-numbers.ts";
import type { Attributes, ObjectHandle } from "./token-port.ts";
import { askSecret, gcm, isTokenGone, type LoggedIn, SECRET_BYTES } from "./unlock-secret.ts";

export const UNLOCK_KEY_LABEL = "keystead-unlock";

/** A key on the token that has shown that it gives `secret` back. The caller disposes `secret`. */
export interface UnlockKey {
  readonly keyId: string;
  readonly answer: TokenAnswer;
  readonly secret: SecretBytes;
  /** Deletes the key again, if it was made for this. */
  discard(): Promise<void>;
}

interface Attempt {
  readonly name: string;
  /** Whether the token says that it can. Only the trial tells, but what is not even listed is not tried. */
  readonly listed: boolean;
  run(): Promise<UnlockKey>;
}

/**
 * Makes a key for unlocking, by what the token really can (C41, C42): RSA with the best OAEP hash, else an agreement on P-256
 * or P-384, else AES-GCM; where it makes no keys at all, such as a finished PIV card, one it has. Each is tried once before it
 * counts, and what did not work is deleted again. Error: `tokens/mechanism-missing`, with what was tried.
 */
export async function makeUnlockKey(at: LoggedIn): Promise<UnlockKey> {
  const listed = await at.module.mechanisms(at.slotId);
  const lists = (name: string, flag: string) => listed.some((one) => one.name === name && one.flags.includes(flag));
  const rsa = lists("CKM_RSA_PKCS_OAEP", "DECRYPT");
  const ecdh = lists("CKM_ECDH1_DERIVE", "DERIVE");
  const attempts: readonly Attempt[] = [
    { name: "RSA-OAEP", listed: rsa, run: () => makeRsa(at) },
    { name: "ECDH P-256", listed: ecdh, run: () => makeEc(at, "nistp256") },
    { name: "ECDH P-384", listed: ecdh, run: () => makeEc(at, "nistp384") },
    { name: "AES-GCM", listed: lists("CKM_AES_GCM", "DECRYPT"), run: () => makeAes(at) },
    { name: "a key already on it", listed: rsa || ecdh, run: () => useExisting(at) },
  ];
  const tried: string[] = [];
  for (const { name, listed: possible, run } of attempts) {
    if (!possible) {
      tried.push(`${name}: not listed`);
      continue;
    }
    try {
      return await run();
    } catch (error) {
      if (isTokenGone(error)) throw error;
      tried.push(`${name}: ${isKeysteadError(error) ? (error.details.ckr ?? error.code) : ""}`);
    }
  }
  throw new KeysteadError(
    "tokens/mechanism-missing",
    "This token can do none of what unlocking needs: RSA-OAEP, ECDH or AES-GCM. Use another token.",
    { tried },
  );
}

type Made = readonly ObjectHandle[];

/** Deletes what was made when `prove` does not come out well: half a registration must not litter the token. */
async function proved(at: LoggedIn, made: Made, prove: () => Promise<Omit<UnlockKey, "discard">>): Promise<UnlockKey> {
  const discard = async () => {
    for (const handle of made) await at.module.destroyObject(at.slotId, handle);
  };
  try {
    return { ...(await prove()), discard };
  } catch (error) {
    if (!isTokenGone(error)) await discard();
    throw error;
  }
}

const kept = (keyId: string) =>
  ({ CKA_TOKEN: true, CKA_LABEL: UNLOCK_KEY_LABEL, CKA_ID: Buffer.from(keyId, "hex") }) as const;
// One key, one use: what is left unsaid, some tokens allow.
const hidden = {
  CKA_PRIVATE: true,
  CKA_SENSITIVE: true,
  CKA_EXTRACTABLE: false,
  CKA_SIGN: false,
  CKA_UNWRAP: false,
} as const;

async function makeRsa(at: LoggedIn): Promise<UnlockKey> {
  const keyId = newKeyId();
  const { publicKey, privateKey } = await at.module.generateKeyPair(
    at.slotId,
    { name: "CKM_RSA_PKCS_KEY_PAIR_GEN" },
    {
      ...kept(keyId),
      CKA_ENCRYPT: true,
      CKA_VERIFY: false,
      CKA_WRAP: false,
      CKA_MODULUS_BITS: 2048,
      CKA_PUBLIC_EXPONENT: Buffer.from("010001", "hex"),
    },
    { ...kept(keyId), ...hidden, CKA_DECRYPT: true, CKA_DERIVE: false },
  );
  return proved(at, [privateKey, publicKey], async () => proveRsa(at, keyId, await partsOf(at, publicKey, "rsa")));
}

async function makeEc(at: LoggedIn, curve: "nistp256" | "nistp384"): Promise<UnlockKey> {
  const keyId = newKeyId();
  const { publicKey, privateKey } = await at.module.generateKeyPair(
    at.slotId,
    { name: "CKM_EC_KEY_PAIR_GEN" },
    { ...kept(keyId), CKA_VERIFY: false, CKA_EC_PARAMS: ecParamsForms(curve)[0] },
    { ...kept(keyId), ...hidden, CKA_DERIVE: true },
  );
  return proved(at, [privateKey, publicKey], async () => proveEc(at, keyId, await partsOf(at, publicKey, "ecdsa")));
}

async function makeAes(at: LoggedIn): Promise<UnlockKey> {
  const keyId = newKeyId();
  const key = await at.module.generateKey(
    at.slotId,
    { name: "CKM_AES_KEY_GEN" },
    { ...kept(keyId), ...hidden, CKA_WRAP: false, CKA_VALUE_LEN: 32, CKA_ENCRYPT: true, CKA_DECRYPT: true },
  );
  return proved(at, [key], async () => {
    const secret = randomSecret(SECRET_BYTES);
    const iv = randomBytes(12);
    const ciphertext = await at.module.encrypt(at.slotId, gcm(iv), key, Buffer.from(secret.reveal()));
    const parameters = { iv: iv.toString("base64"), ciphertext: ciphertext.toString("base64") };
    // The one method whose locking half the token does itself: one that hands the secret back as it came would be found only by a thief.
    const bare = ciphertext.length !== SECRET_BYTES + 16 || ciphertext.includes(secret.reveal());
    if (bare) throw notGivenBack(secret);
    return confirmed(at, keyId, { method: "aes-gcm", parameters }, secret);
  });
}

async function useExisting(at: LoggedIn): Promise<UnlockKey> {
  const attributes = ["CKA_ID", ...PUBLIC_VALUE_ATTRIBUTES];
  const privateKeys = await at.module.find(at.slotId, { CKA_CLASS: CKO.privateKey }, [
    ...attributes,
    "CKA_DECRYPT",
    "CKA_DERIVE",
  ]);
  let refused: unknown = notFound();
  for (const { attributes: own } of privateKeys) {
    const id = own.CKA_ID;
    const usable = own.CKA_DECRYPT === true || own.CKA_DERIVE === true;
    if (!usable || !Buffer.isBuffer(id) || id.length === 0) continue;
    const [publicHalf] = await at.module.find(at.slotId, { CKA_CLASS: CKO.publicKey, CKA_ID: id }, attributes);
    const parts = (publicValueOf(publicHalf?.attributes ?? {}) ?? publicValueOf(own))?.parts;
    if (parts === undefined) continue;
    try {
      return await proved(at, [], () => proveExisting(at, id.toString("hex"), parts, own));
    } catch (error) {
      if (isTokenGone(error)) throw error;
      refused = error;
    }
  }
  throw refused;
}

function proveExisting(at: LoggedIn, keyId: string, parts: PublicParts, own: Attributes) {
  if (own.CKA_KEY_TYPE === CKK.rsa && parts.type === "rsa" && own.CKA_DECRYPT === true)
    return proveRsa(at, keyId, parts);
  if (parts.type === "ecdsa" && own.CKA_DERIVE === true) return proveEc(at, keyId, parts);
  throw notFound();
}

function notFound(): KeysteadError {
  return new KeysteadError("tokens/mechanism-missing", "No key on the token can decrypt or agree on a secret.");
}

type RsaParts = Extract<PublicParts, { readonly type: "rsa" }>;
type EcParts = Extract<PublicParts, { readonly type: "ecdsa" }>;

async function partsOf<T extends "rsa" | "ecdsa">(at: LoggedIn, publicKey: ObjectHandle, type: T) {
  const attributes = await at.module.read(at.slotId, publicKey, PUBLIC_VALUE_ATTRIBUTES);
  const parts = publicValueOf(attributes)?.parts;
  if (parts?.type === type) return parts as Extract<PublicParts, { readonly type: T }>;
  throw new KeysteadError("tokens/mechanism-broken", "The token made a key and does not tell its public half.");
}

/** C42: that a token lists OAEP says nothing of the hash; the better one first. */
async function proveRsa(at: LoggedIn, keyId: string, parts: RsaParts): Promise<Omit<UnlockKey, "discard">> {
  if (parts.n.length < 256)
    throw new KeysteadError("tokens/mechanism-missing", "The RSA key on the token is shorter than 2048 bits.");
  const prove = (hash: "sha256" | "sha1") => {
    const secret = randomSecret(SECRET_BYTES);
    const ciphertext = oaepEncrypt(parts, hash, secret).toString("base64");
    return confirmed(at, keyId, { method: `rsa-oaep-${hash}`, parameters: { ciphertext } }, secret);
  };
  try {
    return await prove("sha256");
  } catch (error) {
    if (isTokenGone(error)) throw error;
    return prove("sha1");
  }
}

async function proveEc(at: LoggedIn, keyId: string, parts: EcParts): Promise<Omit<UnlockKey, "discard">> {
  if (parts.curve === "nistp521")
    throw new KeysteadError("tokens/mechanism-missing", "A P-521 key is of no use for unlocking here.");
  const { publicPoint, secret } = agreeOnce(parts.curve, parts.point);
  const method = CURVES[parts.curve].bits === 256 ? "ecdh-p256" : "ecdh-p384";
  return confirmed(at, keyId, { method, parameters: { publicPoint: publicPoint.toString("base64") } }, secret);
}

/** The challenge: the token must come to the secret by itself. Takes over `secret`. */
async function confirmed(
  at: LoggedIn,
  keyId: string,
  answer: TokenAnswer,
  secret: SecretBytes,
): Promise<Omit<UnlockKey, "discard">> {
  try {
    using answered = await askSecret(at, keyId, answer);
    if (answered.equals(secret)) return { keyId, answer, secret };
  } catch (error) {
    secret.dispose();
    throw error;
  }
  throw notGivenBack(secret);
}

function notGivenBack(secret: SecretBytes): KeysteadError {
  secret.dispose();
  return new KeysteadError(
    "tokens/challenge-failed",
    "The token did not give back what was locked to its key, so it cannot be trusted to unlock the vault. Examine its library under Modules, or use another token.",
  );
}
