import { createHash, generateKeyPairSync, sign, verify } from "node:crypto";
import { describe, expect, it } from "vitest";
import { digest, digestInfo } from "#main/crypto/digest.ts";
import type { PublicParts } from "#main/crypto/public-key.ts";
import { type Abilities, probeName, type Use } from "#main/features/tokens/mechanism-choice.ts";
import { chooseSign, signatureOf, signInput, signInputOfDigest } from "#main/features/tokens/sign-plan.ts";

const abilities = (
  listed: Readonly<Record<string, readonly Use[]>>,
  probed: readonly (readonly [string, boolean])[] = [],
): Abilities => ({
  mechanisms: Object.entries(listed).map(([name, flags]) => ({ name, flags })),
  probed: new Map(probed),
  wrapped: new Map(),
});

const RSA: PublicParts = { type: "rsa", n: Buffer.alloc(256, 1), e: Buffer.of(1, 0, 1) };
const P256: PublicParts = { type: "ecdsa", curve: "nistp256", point: Buffer.alloc(65, 4) };
const P384: PublicParts = { type: "ecdsa", curve: "nistp384", point: Buffer.alloc(97, 4) };
const ED: PublicParts = { type: "ed25519", publicKey: Buffer.alloc(32) };
const missing = expect.objectContaining({ code: "tokens/mechanism-missing" });

describe("signing", () => {
  const SOFTHSM = abilities({
    CKM_RSA_PKCS: ["SIGN"],
    CKM_SHA256_RSA_PKCS: ["SIGN"],
    CKM_SHA512_RSA_PKCS: ["SIGN"],
    CKM_ECDSA: ["SIGN"],
    CKM_EDDSA: ["SIGN"],
  });
  const NSS = abilities({
    CKM_RSA_PKCS: ["SIGN"],
    CKM_ECDSA: ["SIGN"],
    CKM_ECDSA_SHA256: ["SIGN"],
    CKM_ECDSA_SHA384: ["SIGN"],
  });

  it.each([
    ["SoftHSM", SOFTHSM, RSA, undefined, "CKM_SHA256_RSA_PKCS", "message", "sha256"],
    ["SoftHSM", SOFTHSM, RSA, "sha512", "CKM_SHA512_RSA_PKCS", "message", "sha512"],
    ["SoftHSM", SOFTHSM, P256, undefined, "CKM_ECDSA", "digest", "sha256"],
    ["SoftHSM", SOFTHSM, P384, "sha256", "CKM_ECDSA", "digest", "sha384"],
    ["SoftHSM", SOFTHSM, ED, undefined, "CKM_EDDSA", "message", undefined],
    ["NSS", NSS, P256, undefined, "CKM_ECDSA_SHA256", "message", "sha256"],
    ["NSS", NSS, RSA, "sha512", "CKM_RSA_PKCS", "digest-info", "sha512"],
  ] as const)("P21 C41 on %s", (_token, token, parts, hash, name, input, used) => {
    expect(chooseSign(parts, token, { hash })).toEqual({ mechanism: { name }, input, hash: used });
  });

  it("C41 believes what was tried more than what is listed", () => {
    const listedOnly = { CKM_SHA256_RSA_PKCS: ["SIGN"], CKM_RSA_PKCS: ["SIGN"] } as const;
    const broken = abilities(listedOnly, [[probeName("CKM_SHA256_RSA_PKCS", "SIGN"), false]]);
    expect(chooseSign(RSA, broken).mechanism.name).toBe("CKM_RSA_PKCS");
    const unlisted = abilities({}, [[probeName("CKM_EDDSA", "SIGN"), true]]);
    expect(chooseSign(ED, unlisted).mechanism.name).toBe("CKM_EDDSA");
    expect(() => chooseSign(RSA, abilities({ CKM_RSA_PKCS: ["DECRYPT"] }))).toThrow(missing);
    expect(() => chooseSign(ED, NSS)).toThrow(missing);
  });

  it("hands over what each mechanism takes", () => {
    const message = Buffer.from("abc");
    const plan = (input: "message" | "digest" | "digest-info") => ({
      mechanism: { name: "x" },
      input,
      hash: "sha256" as const,
    });
    expect(signInput(plan("message"), message)).toEqual(message);
    expect(signInput(plan("digest"), message)).toEqual(digest("sha256", message));
    expect(signInput(plan("digest-info"), message)).toEqual(digestInfo("sha256", message));
  });

  it("C40 gives ECDSA as DER, others as they are, and refuses what is no signature", () => {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const message = Buffer.from("signed");
    const rs = sign("sha256", message, { key: privateKey, dsaEncoding: "ieee-p1363" });
    expect(verify("sha256", message, publicKey, signatureOf(P256, rs))).toBe(true);
    expect(signatureOf(RSA, rs)).toBe(rs);
    expect(() => signatureOf(P256, Buffer.alloc(10))).toThrow(
      expect.objectContaining({ code: "tokens/mechanism-broken" }),
    );
  });

  it("H07 C41 PSS carries its hash and a salt as long as it, whoever hashes", () => {
    const both = abilities({ CKM_RSA_PKCS_PSS: ["SIGN"], CKM_SHA384_RSA_PKCS_PSS: ["SIGN"] });
    const parameter = { kind: "pss", hash: "sha384", saltLength: 48 };
    expect(chooseSign(RSA, both, { hash: "sha384", pss: true })).toEqual({
      mechanism: { name: "CKM_SHA384_RSA_PKCS_PSS", parameter },
      input: "message",
      hash: "sha384",
    });
    expect(chooseSign(RSA, both, { hash: "sha384", pss: true, digested: true })).toEqual({
      mechanism: { name: "CKM_RSA_PKCS_PSS", parameter },
      input: "digest",
      hash: "sha384",
    });
    expect(() => chooseSign(RSA, abilities({ CKM_RSA_PKCS: ["SIGN"] }), { pss: true })).toThrow(missing);
  });

  it("H07 a digest goes only to mechanisms that do not hash again", () => {
    const hashingOnly = abilities({ CKM_ECDSA_SHA256: ["SIGN"], CKM_SHA256_RSA_PKCS: ["SIGN"] });
    for (const parts of [RSA, P256]) {
      expect(chooseSign(parts, hashingOnly).input).toBe("message");
      expect(() => chooseSign(parts, hashingOnly, { digested: true })).toThrow(missing);
    }
    expect(() => chooseSign(ED, SOFTHSM, { digested: true })).toThrow(
      expect.objectContaining({ code: "tokens/not-permitted" }),
    );
  });

  it("H07 a digest makes what its message would have made, and another length is refused", () => {
    const message = Buffer.from("abc");
    const hashed = createHash("sha256").update(message).digest();
    for (const parts of [RSA, P256]) {
      const plan = chooseSign(parts, abilities({ CKM_RSA_PKCS: ["SIGN"], CKM_ECDSA: ["SIGN"] }), { digested: true });
      expect(signInputOfDigest(plan, hashed)).toEqual(signInput(plan, message));
      expect(() => signInputOfDigest(plan, hashed.subarray(1))).toThrow(
        expect.objectContaining({ code: "request/invalid-params" }),
      );
    }
  });
});
