import { equalBytes, hmacSha256 } from "#main/crypto/hash.ts";
import { randomBytes, randomSecret } from "#main/crypto/random.ts";
import { type VerifyScheme, verifySignature } from "#main/crypto/verify.ts";
import type { TokenKeySpec } from "#shared/models/token.ts";
import { broken, learning, type Probe, SESSION_ONLY, withPair } from "./doctor-probe.ts";
import { destroyQuietly } from "./make-key.ts";
import { CKK, CKO } from "./token-numbers.ts";
import type { Mechanism } from "./token-port.ts";
import { signOnToken } from "./token-signing.ts";

export const signs = (name: string, spec: TokenKeySpec, needs: readonly string[]): Probe => ({
  name,
  needs,
  run: (token) =>
    withPair(token, spec, async ({ privateKey, value }) => {
      const { plan } = await signOnToken(token, { handle: privateKey, value }, randomBytes(100));
      return `Made with ${plan.mechanism.name}, verified outside the token.`;
    }),
});

/** One mechanism as it stands, without the detours `signOnToken` knows. */
export const signsBare = (
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

export const hmac: Probe = {
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
