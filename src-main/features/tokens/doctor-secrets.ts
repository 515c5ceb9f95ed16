import { gcmOpen } from "#main/crypto/aes-gcm.ts";
import { agreeOnce } from "#main/crypto/ephemeral-ecdh.ts";
import { equalBytes } from "#main/crypto/hash.ts";
import { randomBytes, randomSecret } from "#main/crypto/random.ts";
import { oaepEncrypt } from "#main/crypto/rsa-oaep.ts";
import type { SecretBytes } from "#main/crypto/secret-bytes.ts";
import { isKeysteadError, KeysteadError } from "#shared/errors/keystead-error.ts";
import { broken, learning, type Probe, SESSION_ONLY, withPair } from "./doctor-probe.ts";
import { ecdhPeerForms } from "./ec-point.ts";
import { destroyQuietly } from "./make-key.ts";
import { probeName, type Use } from "./mechanism-choice.ts";
import { abilitiesOf, throwAwayAesKey } from "./token-abilities.ts";
import type { TokenInUse } from "./token-in-use.ts";
import { CKK, CKO } from "./token-numbers.ts";
import type { Mechanism, ObjectHandle } from "./token-port.ts";

export const decryptsOaep = (hash: "sha1" | "sha256"): Probe => ({
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

export const aesGcm: Probe = {
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

export const ecdh: Probe = {
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
export const wraps = (mechanism: string): Probe => ({
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
