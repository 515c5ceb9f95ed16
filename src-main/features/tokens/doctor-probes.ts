import { gcmOpen } from "#main/crypto/aes-gcm.ts";
import { digest } from "#main/crypto/digest.ts";
import { agreeOnce } from "#main/crypto/ephemeral-ecdh.ts";
import { equalBytes, hmacSha256 } from "#main/crypto/hash.ts";
import { randomBytes, randomSecret } from "#main/crypto/random.ts";
import { oaepEncrypt } from "#main/crypto/rsa-oaep.ts";
import type { SecretBytes } from "#main/crypto/secret-bytes.ts";
import { type VerifyScheme, verifySignature } from "#main/crypto/verify.ts";
import { isKeysteadError, KeysteadError } from "#shared/errors/keystead-error.ts";
import type { TokenKeySpec } from "#shared/models/token.ts";
import { ecdhPeerForms } from "./ec-point.ts";
import { newKeyId } from "./key-id.ts";
import { destroyQuietly, makeKey } from "./make-key.ts";
import { probeName, type Use } from "./mechanism-choice.ts";
import { PUBLIC_VALUE_ATTRIBUTES, type PublicValue, publicValueOf } from "./public-value.ts";
import { abilitiesOf, type KnownAbilities, throwAwayAesKey } from "./token-abilities.ts";
import { CKK, CKO } from "./token-numbers.ts";
import type { Attributes, Mechanism, ObjectHandle } from "./token-port.ts";
import type { TokenInUse } from "./token-service.ts";
import { signOnToken } from "./token-signing.ts";

/** One thing the doctor tries. `run` answers what was seen, and throws a `KeysteadError` when it does not work. */
export interface Probe {
  readonly name: string;
  /** Mechanisms that the library must list for it. */
  readonly needs: readonly string[];
  run(token: TokenInUse): Promise<string>;
  /** What the result says about choices made elsewhere. */
  learn?(abilities: KnownAbilities, works: boolean): void;
}

const SESSION_ONLY: Attributes = { CKA_TOKEN: false };

interface Pair {
  readonly privateKey: ObjectHandle;
  readonly value: PublicValue;
}

/** A key pair of this session, gone when `work` is over. */
async function withPair<T>(token: TokenInUse, spec: TokenKeySpec, work: (pair: Pair) => Promise<T>): Promise<T> {
  const wish = { spec, label: "keystead-doctor", keyId: newKeyId(), extractable: false, purpose: "general" } as const;
  const handles = await makeKey(token, wish, SESSION_ONLY);
  try {
    const [privateKey, publicKey] = handles;
    const value = publicValueOf(
      await token.module.read(token.slot.slotId, publicKey ?? privateKey, PUBLIC_VALUE_ATTRIBUTES),
    );
    if (value === undefined) throw broken("the public half of a key just made cannot be read");
    return await work({ privateKey, value });
  } finally {
    await destroyQuietly(token, handles);
  }
}

function broken(what: string): KeysteadError {
  return new KeysteadError("tokens/mechanism-broken", `It is listed and does not work: ${what}.`);
}

const signs = (name: string, spec: TokenKeySpec, needs: readonly string[]): Probe => ({
  name,
  needs,
  run: (token) =>
    withPair(token, spec, async ({ privateKey, value }) => {
      const { plan } = await signOnToken(token, { handle: privateKey, value }, randomBytes(100));
      return `Made with ${plan.mechanism.name}, verified outside the token.`;
    }),
});

/** One mechanism as it stands, without the detours `signOnToken` knows. */
const signsBare = (
  name: string,
  spec: TokenKeySpec,
  mechanism: Mechanism,
  scheme: VerifyScheme,
  input: (message: Buffer) => Buffer,
): Probe => ({
  name,
  needs: [mechanism.name],
  learn: learning(mechanism.name, "SIGN"),
  run: (token) =>
    withPair(token, spec, async ({ privateKey, value }) => {
      const message = randomBytes(100);
      const [signature] = await token.module.sign(token.slot.slotId, mechanism, privateKey, [input(message)]);
      if (!verifySignature(value.spki, scheme, message, signature ?? Buffer.alloc(0)))
        throw broken("the signature does not verify");
      return "Verified outside the token.";
    }),
});

const learning = (mechanism: string, use: Use) => (abilities: KnownAbilities, works: boolean) =>
  void abilities.probed.set(probeName(mechanism, use), works);

const same = (message: Buffer): Buffer => message;

const decryptsOaep = (hash: "sha1" | "sha256"): Probe => ({
  name: `RSA-OAEP with ${hash === "sha1" ? "SHA-1" : "SHA-256"}`,
  needs: ["CKM_RSA_PKCS_OAEP"],
  run: (token) =>
    withPair(token, "rsa-2048", async ({ privateKey, value }) => {
      if (value.parts.type !== "rsa") throw broken("an RSA key is none");
      using secret = randomSecret(32);
      const mechanism: Mechanism = { name: "CKM_RSA_PKCS_OAEP", parameter: { kind: "oaep", hash } };
      const sealed = oaepEncrypt(value.parts, hash, secret);
      const back = await token.module.decrypt(token.slot.slotId, mechanism, privateKey, sealed);
      if (!equalBytes(back, secret.reveal())) throw broken("what comes back is not what was encrypted");
      return "Encrypted outside, decrypted on the token.";
    }),
});

const aesGcm: Probe = {
  name: "AES-256-GCM",
  needs: ["CKM_AES_GCM"],
  learn: learning("CKM_AES_GCM", "ENCRYPT"),
  async run(token) {
    using value = randomSecret(32);
    const key = await importedAes(token, value, { CKA_ENCRYPT: true, CKA_DECRYPT: true });
    try {
      const [iv, aad, text] = [randomBytes(12), randomBytes(20), randomBytes(1000)];
      const mechanism: Mechanism = { name: "CKM_AES_GCM", parameter: { kind: "gcm", iv, aad, tagBits: 128 } };
      const sealed = await token.module.encrypt(token.slot.slotId, mechanism, key, text);
      const opened = gcmOpen(value.reveal(), Buffer.concat([iv, sealed]), aad);
      if (opened === undefined || !equalBytes(opened, text)) throw broken("its ciphertext does not open outside");
      const back = await token.module.decrypt(token.slot.slotId, mechanism, key, sealed);
      if (!equalBytes(back, text)) throw broken("it does not open its own ciphertext");
      sealed[0] = (sealed[0] ?? 0) ^ 1;
      if (await opens(token, mechanism, key, sealed)) throw broken("it opens a ciphertext that was changed");
      return "Opened outside and on the token; a changed ciphertext was refused.";
    } finally {
      await destroyQuietly(token, [key]);
    }
  },
};

async function opens(token: TokenInUse, mechanism: Mechanism, key: ObjectHandle, sealed: Buffer): Promise<boolean> {
  try {
    await token.module.decrypt(token.slot.slotId, mechanism, key, sealed);
    return true;
  } catch (error) {
    // Modules say anything from ENCRYPTED_DATA_INVALID to GENERAL_ERROR; all of it is a refusal.
    if (isKeysteadError(error)) return false;
    throw error;
  }
}

async function importedAes(
  token: TokenInUse,
  value: SecretBytes,
  uses: Record<string, boolean>,
): Promise<ObjectHandle> {
  const key = await throwAwayAesKey(token, value, uses);
  if (key === undefined) throw new KeysteadError("tokens/not-permitted", "The token takes no key from outside (C45).");
  return key;
}

const hmac: Probe = {
  name: "HMAC-SHA-256",
  needs: ["CKM_SHA256_HMAC"],
  async run(token) {
    const { module, slot } = token;
    using value = randomSecret(32);
    const key = await module.createObject(slot.slotId, {
      CKA_CLASS: CKO.secretKey,
      CKA_KEY_TYPE: CKK.genericSecret,
      ...SESSION_ONLY,
      CKA_SENSITIVE: false,
      CKA_EXTRACTABLE: true,
      CKA_SIGN: true,
      CKA_VERIFY: true,
      CKA_VALUE: Buffer.from(value.reveal()),
    });
    try {
      const message = randomBytes(100);
      const [tag] = await module.sign(slot.slotId, { name: "CKM_SHA256_HMAC" }, key, [message]);
      if (tag === undefined || !equalBytes(tag, hmacSha256(value, message))) throw broken("the tag is another one");
      return "The same tag as outside.";
    } finally {
      await destroyQuietly(token, [key]);
    }
  },
};

const ecdh: Probe = {
  name: "ECDH P-256",
  needs: ["CKM_ECDH1_DERIVE"],
  run: (token) =>
    withPair(token, "ecdsa-p256", async ({ privateKey, value }) => {
      if (value.parts.type !== "ecdsa") throw broken("an EC key is none");
      const agreement = agreeOnce(value.parts.curve, value.parts.point);
      using secret = agreement.secret;
      const forms = ecdhPeerForms(agreement.publicPoint);
      for (const [index, point] of forms.entries()) {
        try {
          const derived = await derivedValue(token, privateKey, point);
          if (!equalBytes(derived, secret.reveal())) throw broken("the secret agreed on is another one");
          return `The same secret as outside; the peer's point is taken ${index === 0 ? "bare" : "in DER"}.`;
        } catch (error) {
          if (!isKeysteadError(error) || index === forms.length - 1) throw error;
        }
      }
      throw broken("it takes the peer's point in no form");
    }),
};

async function derivedValue(token: TokenInUse, key: ObjectHandle, publicPoint: Buffer): Promise<Buffer> {
  const { module, slot } = token;
  const mechanism: Mechanism = { name: "CKM_ECDH1_DERIVE", parameter: { kind: "ecdh", publicPoint } };
  const handle = await module.deriveKey(slot.slotId, mechanism, key, {
    CKA_CLASS: CKO.secretKey,
    CKA_KEY_TYPE: CKK.genericSecret,
    ...SESSION_ONLY,
    CKA_SENSITIVE: false,
    CKA_EXTRACTABLE: true,
    CKA_VALUE_LEN: 32,
  });
  try {
    const { CKA_VALUE: value } = await module.read(slot.slotId, handle, ["CKA_VALUE"]);
    return Buffer.isBuffer(value) ? value : Buffer.alloc(0);
  } finally {
    await destroyQuietly(token, [handle]);
  }
}

/** C43: by what they make, not by their numbers. `probeWrapping` has tried them. */
const wraps = (mechanism: string): Probe => ({
  name: `AES key wrap ${mechanism}`,
  needs: [mechanism],
  async run(token) {
    const abilities = await abilitiesOf(token);
    const format = abilities.wrapped.get(mechanism);
    const tried = (use: Use) => abilities.probed.get(probeName(mechanism, use));
    if (tried("WRAP") === undefined)
      throw new KeysteadError(
        "tokens/not-permitted",
        "The token takes no key from outside, so it could not be tried (C45).",
      );
    if (format === undefined) throw broken(tried("WRAP") === true ? "nobody knows its format" : "it does not wrap");
    if (tried("UNWRAP") !== true) throw broken(`it wraps (${format}) and does not unwrap`);
    return `Wraps and unwraps; its content is ${FORMATS[format]}.`;
  },
});

const FORMATS = {
  rfc3394: "RFC 3394",
  rfc5649: "RFC 5649",
  "rfc3394-pkcs7": "RFC 3394 over PKCS #7 padding, a format of its own",
} as const;

const pss: Mechanism = { name: "CKM_SHA256_RSA_PKCS_PSS", parameter: { kind: "pss", hash: "sha256", saltLength: 32 } };

export const DOCTOR_PROBES: readonly Probe[] = [
  signs("RSA-2048 signature", "rsa-2048", ["CKM_RSA_PKCS_KEY_PAIR_GEN", "CKM_RSA_PKCS"]),
  signsBare(
    "RSA, hashed on the token",
    "rsa-2048",
    { name: "CKM_SHA256_RSA_PKCS" },
    { kind: "rsa-pkcs1", hash: "sha256" },
    same,
  ),
  signsBare("RSA-PSS", "rsa-2048", pss, { kind: "rsa-pss", hash: "sha256", saltLength: 32 }, same),
  decryptsOaep("sha1"),
  decryptsOaep("sha256"),
  signs("ECDSA P-256 signature", "ecdsa-p256", ["CKM_EC_KEY_PAIR_GEN", "CKM_ECDSA"]),
  signs("ECDSA P-384 signature", "ecdsa-p384", ["CKM_EC_KEY_PAIR_GEN", "CKM_ECDSA"]),
  signsBare(
    "ECDSA, hashed on the token",
    "ecdsa-p256",
    { name: "CKM_ECDSA_SHA256" },
    { kind: "ecdsa", hash: "sha256", form: "rs" },
    same,
  ),
  signsBare(
    "ECDSA, hashed here",
    "ecdsa-p256",
    { name: "CKM_ECDSA" },
    { kind: "ecdsa", hash: "sha256", form: "rs" },
    (message) => digest("sha256", message),
  ),
  signs("Ed25519 signature", "ed25519", ["CKM_EC_EDWARDS_KEY_PAIR_GEN", "CKM_EDDSA"]),
  ecdh,
  aesGcm,
  hmac,
  ...["CKM_AES_KEY_WRAP", "CKM_AES_KEY_WRAP_PAD", "CKM_AES_KEY_WRAP_KWP"].map(wraps),
];
