import { generateKeyPairSync, sign, verify } from "node:crypto";
import { describe, expect, it } from "vitest";
import { digest, digestInfo } from "#main/crypto/digest.ts";
import type { PublicParts } from "#main/crypto/public-key.ts";
import {
  type Abilities,
  chooseOaep,
  chooseSign,
  chooseUnwrap,
  chooseWrap,
  probeName,
  signatureOf,
  signInput,
  type Use,
} from "#main/features/tokens/mechanism-choice.ts";
import type { WrappedFormat } from "#main/features/tokens/wrapped-content.ts";

const abilities = (
  listed: Readonly<Record<string, readonly Use[]>>,
  probed: readonly (readonly [string, boolean])[] = [],
  wrapped: readonly (readonly [string, WrappedFormat])[] = [],
): Abilities => ({
  mechanisms: Object.entries(listed).map(([name, flags]) => ({ name, flags })),
  probed: new Map(probed),
  wrapped: new Map(wrapped),
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
    expect(chooseSign(parts, token, hash)).toEqual({ mechanism: { name }, input, hash: used });
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
});

describe("OAEP", () => {
  const listed = { CKM_RSA_PKCS_OAEP: ["DECRYPT", "WRAP", "UNWRAP"] } as const;
  const tried = (...results: readonly (readonly ["sha1" | "sha256" | "sha384" | "sha512", boolean])[]) =>
    abilities(
      listed,
      results.map(([hash, works]) => [probeName("CKM_RSA_PKCS_OAEP", "DECRYPT", hash), works] as const),
    );
  const softhsm = tried(["sha1", true], ["sha256", false], ["sha384", false], ["sha512", false]);

  it("C42 takes SHA-256 where nothing speaks against it", () => {
    expect(chooseOaep(abilities(listed), "DECRYPT", false)).toMatchObject({ hash: "sha256", warning: undefined });
    expect(chooseOaep(tried(["sha256", true]), "DECRYPT", false).mechanism).toEqual({
      name: "CKM_RSA_PKCS_OAEP",
      parameter: { kind: "oaep", hash: "sha256" },
    });
    expect(chooseOaep(tried(["sha256", false], ["sha384", true]), "DECRYPT", false).hash).toBe("sha384");
  });

  it("C42 takes SHA-1 on SoftHSM only when it is accepted, with a warning", () => {
    expect(() => chooseOaep(softhsm, "DECRYPT", false)).toThrow(
      expect.objectContaining({ code: "tokens/hash-not-supported" }),
    );
    const plan = chooseOaep(softhsm, "DECRYPT", true);
    expect(plan.hash).toBe("sha1");
    expect(plan.warning).toContain("SHA-1");
  });

  it("says when there is none at all", () => {
    expect(() => chooseOaep(abilities({}), "WRAP", true)).toThrow(missing);
    const none = tried(["sha1", false], ["sha256", false], ["sha384", false], ["sha512", false]);
    expect(() => chooseOaep(none, "DECRYPT", true)).toThrow(missing);
  });
});

describe("wrapping", () => {
  const both: readonly Use[] = ["WRAP", "UNWRAP"];
  const softhsm = abilities(
    { CKM_AES_KEY_WRAP: both, CKM_AES_KEY_WRAP_PAD: both },
    [],
    [["CKM_AES_KEY_WRAP_PAD", "rfc5649"]],
  );
  const nss = abilities(
    { CKM_AES_KEY_WRAP: both, CKM_AES_KEY_WRAP_PAD: both, CKM_AES_KEY_WRAP_KWP: both },
    [],
    [["CKM_AES_KEY_WRAP_PAD", "rfc3394-pkcs7"]],
  );

  it("H09 C43 takes the standard's number first, and knows a format only where it was seen or is certain", () => {
    expect(chooseWrap(nss, "private")).toEqual({ mechanism: { name: "CKM_AES_KEY_WRAP_KWP" }, format: "rfc5649" });
    expect(chooseWrap(softhsm, "private")).toEqual({ mechanism: { name: "CKM_AES_KEY_WRAP_PAD" }, format: "rfc5649" });
    const unseen = abilities({ CKM_AES_KEY_WRAP_PAD: both });
    expect(chooseWrap(unseen, "secret").format).toBeUndefined();
    expect(() => chooseUnwrap(unseen, "rfc5649")).toThrow(missing);
  });

  it("H09 C43 unwraps by content: SoftHSM's 0x210A goes into NSS as 0x210B, and NSS's 0x210A not into SoftHSM", () => {
    expect(chooseUnwrap(nss, "rfc5649")).toEqual({ name: "CKM_AES_KEY_WRAP_KWP" });
    expect(chooseUnwrap(softhsm, "rfc5649")).toEqual({ name: "CKM_AES_KEY_WRAP_PAD" });
    expect(chooseUnwrap(softhsm, "rfc3394")).toEqual({ name: "CKM_AES_KEY_WRAP" });
    expect(() => chooseUnwrap(softhsm, "rfc3394-pkcs7")).toThrow(missing);
  });

  it("C41 wraps a private key only with padding, and only where wrapping is allowed", () => {
    const plain = abilities({ CKM_AES_KEY_WRAP: both, CKM_AES_KEY_WRAP_PAD: ["UNWRAP"] });
    expect(chooseWrap(plain, "secret").mechanism.name).toBe("CKM_AES_KEY_WRAP");
    expect(() => chooseWrap(plain, "private")).toThrow(missing);
  });
});
