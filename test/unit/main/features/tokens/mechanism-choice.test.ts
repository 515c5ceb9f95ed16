import { describe, expect, it } from "vitest";
import {
  type Abilities,
  chooseOaep,
  chooseUnwrap,
  chooseWrap,
  probeName,
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

const missing = expect.objectContaining({ code: "tokens/mechanism-missing" });

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
