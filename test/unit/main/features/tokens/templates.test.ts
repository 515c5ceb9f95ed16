import { describe, expect, it } from "vitest";
import {
  foreignWrappingKeyTemplate,
  generationsOf,
  type KeyWish,
  unwrapPrivateTemplate,
  unwrapSecretTemplate,
} from "#main/features/tokens/templates.ts";
import { TOKEN_KEY_SPECS } from "#shared/models/token.ts";

const wish = (over: Partial<KeyWish> = {}): KeyWish => ({
  spec: "aes-256",
  label: "backup",
  keyId: "0a0b",
  extractable: false,
  purpose: "general",
  ...over,
});
const guardedOf = (over: Partial<KeyWish>) => {
  const [generation] = generationsOf(wish(over));
  return generation.kind === "secret" ? generation.template : generation.privateTemplate;
};

describe("generation templates", () => {
  it.each(TOKEN_KEY_SPECS)(
    "H07 C47 of %s are on the token, private, sensitive and not extractable unless asked",
    (spec) => {
      expect(guardedOf({ spec })).toMatchObject({
        CKA_TOKEN: true,
        CKA_PRIVATE: true,
        CKA_SENSITIVE: true,
        CKA_EXTRACTABLE: false,
        CKA_LABEL: "backup",
        CKA_ID: Buffer.of(0x0a, 0x0b),
      });
      expect(guardedOf({ spec, extractable: true })).toMatchObject({ CKA_SENSITIVE: true, CKA_EXTRACTABLE: true });
    },
  );

  it.each(TOKEN_KEY_SPECS.filter((spec) => !spec.startsWith("aes")))(
    "C33 of %s give both halves one id and label",
    (spec) => {
      for (const generation of generationsOf(wish({ spec }))) {
        if (generation.kind !== "pair") throw new Error("a pair was expected");
        const { publicTemplate, privateTemplate } = generation;
        expect([publicTemplate.CKA_ID, publicTemplate.CKA_LABEL]).toEqual([
          privateTemplate.CKA_ID,
          privateTemplate.CKA_LABEL,
        ]);
        expect([publicTemplate.CKA_PRIVATE, publicTemplate.CKA_TOKEN, publicTemplate.CKA_VERIFY]).toEqual([
          false,
          true,
          true,
        ]);
        expect(publicTemplate.CKA_KEY_TYPE).toBe(privateTemplate.CKA_KEY_TYPE);
      }
    },
  );

  it.each(["aes-256", "rsa-3072"] as const)("H09 of a wrapping %s do nothing but wrap", (spec) => {
    const template = guardedOf({ spec, purpose: "wrap" });
    expect(template.CKA_UNWRAP).toBe(true);
    expect([template.CKA_DECRYPT, template.CKA_SIGN ?? false]).toEqual([false, false]);
    const general = guardedOf({ spec });
    expect([general.CKA_UNWRAP, general.CKA_DECRYPT]).toEqual([false, true]);
  });

  it.each(["ecdsa-p256", "ed25519"] as const)("H09 refuse a wrapping %s", (spec) => {
    expect(() => generationsOf(wish({ spec, purpose: "wrap" }))).toThrow(
      expect.objectContaining({ code: "request/invalid-params" }),
    );
  });

  it.each([
    ["aes-128", "CKM_AES_KEY_GEN", { CKA_VALUE_LEN: 16 }],
    ["aes-192", "CKM_AES_KEY_GEN", { CKA_VALUE_LEN: 24 }],
    ["aes-256", "CKM_AES_KEY_GEN", { CKA_VALUE_LEN: 32 }],
    ["rsa-2048", "CKM_RSA_PKCS_KEY_PAIR_GEN", { CKA_MODULUS_BITS: 2048, CKA_PUBLIC_EXPONENT: Buffer.of(1, 0, 1) }],
    ["rsa-3072", "CKM_RSA_PKCS_KEY_PAIR_GEN", { CKA_MODULUS_BITS: 3072 }],
    ["rsa-4096", "CKM_RSA_PKCS_KEY_PAIR_GEN", { CKA_MODULUS_BITS: 4096 }],
    ["ecdsa-p256", "CKM_EC_KEY_PAIR_GEN", { CKA_EC_PARAMS: Buffer.from("06082a8648ce3d030107", "hex") }],
    ["ecdsa-p384", "CKM_EC_KEY_PAIR_GEN", { CKA_EC_PARAMS: Buffer.from("06052b81040022", "hex") }],
    ["ed25519", "CKM_EC_EDWARDS_KEY_PAIR_GEN", { CKA_EC_PARAMS: Buffer.from("130c656477617264733235353139", "hex") }],
  ] as const)("H07 of %s use %s with %j", (spec, mechanism, attributes) => {
    const [generation] = generationsOf(wish({ spec }));
    expect(generation.mechanism.name).toBe(mechanism);
    expect(generation.kind === "secret" ? generation.template : generation.publicTemplate).toMatchObject(attributes);
  });

  it("C36 of Ed25519 are tried with the curve's name first and its OID second", () => {
    expect(generationsOf(wish({ spec: "ed25519" }))).toHaveLength(2);
  });
});

describe("unwrapping templates", () => {
  it("H09 guard what comes in as what is made", () => {
    const guarded = { CKA_TOKEN: true, CKA_PRIVATE: true, CKA_SENSITIVE: true, CKA_EXTRACTABLE: false };
    expect(unwrapSecretTemplate(wish())).toMatchObject({ ...guarded, CKA_DECRYPT: true, CKA_UNWRAP: false });
    expect(unwrapSecretTemplate(wish({ purpose: "wrap" }))).toMatchObject({ CKA_DECRYPT: false, CKA_UNWRAP: true });
    expect(unwrapSecretTemplate(wish())).not.toHaveProperty("CKA_VALUE_LEN");
    expect(unwrapSecretTemplate(wish(), 32)).toHaveProperty("CKA_VALUE_LEN", 32);
    const parts = { type: "ed25519", publicKey: Buffer.alloc(32) } as const;
    expect(unwrapPrivateTemplate(wish(), parts)).toMatchObject({ ...guarded, CKA_SIGN: true, CKA_KEY_TYPE: 0x40 });
  });

  it("H09 of another token's key leave nothing behind on this one", () => {
    const parts = { type: "rsa", n: Buffer.alloc(256, 1), e: Buffer.of(1, 0, 1) } as const;
    expect(foreignWrappingKeyTemplate(parts)).toMatchObject({ CKA_TOKEN: false, CKA_WRAP: true });
  });
});
