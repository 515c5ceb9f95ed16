import { describe, expect, it } from "vitest";
import {
  type Abilities,
  chooseWrap,
  mechanismFor,
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

describe("wrapping", () => {
  const both: readonly Use[] = ["WRAP", "UNWRAP"];
  const softhsm = abilities(
    { CKM_AES_KEY_WRAP: both, CKM_AES_KEY_WRAP_PAD: both },
    [],
    [
      ["CKM_AES_KEY_WRAP", "rfc3394"],
      ["CKM_AES_KEY_WRAP_PAD", "rfc5649"],
    ],
  );
  const nss = abilities(
    { CKM_AES_KEY_WRAP: both, CKM_AES_KEY_WRAP_PAD: both, CKM_AES_KEY_WRAP_KWP: both },
    [],
    [
      ["CKM_AES_KEY_WRAP_PAD", "rfc3394-pkcs7"],
      ["CKM_AES_KEY_WRAP_KWP", "rfc5649"],
    ],
  );

  it("H09 C43 takes the standard's number first, and knows a format only where it was seen or is certain", () => {
    expect(chooseWrap(nss, "private")).toEqual({ mechanism: { name: "CKM_AES_KEY_WRAP_KWP" }, format: "rfc5649" });
    expect(chooseWrap(softhsm, "private")).toEqual({ mechanism: { name: "CKM_AES_KEY_WRAP_PAD" }, format: "rfc5649" });
    const unseen = abilities({ CKM_AES_KEY_WRAP_PAD: both });
    expect(chooseWrap(unseen, "secret").format).toBeUndefined();
    expect(() => mechanismFor(unseen, "rfc5649", "UNWRAP")).toThrow(missing);
  });

  it("H09 C43 unwraps by content: SoftHSM's 0x210A goes into NSS as 0x210B, and NSS's 0x210A not into SoftHSM", () => {
    expect(mechanismFor(nss, "rfc5649", "UNWRAP")).toEqual({ name: "CKM_AES_KEY_WRAP_KWP" });
    expect(mechanismFor(softhsm, "rfc5649", "UNWRAP")).toEqual({ name: "CKM_AES_KEY_WRAP_PAD" });
    expect(mechanismFor(softhsm, "rfc3394", "WRAP")).toEqual({ name: "CKM_AES_KEY_WRAP" });
    expect(() => mechanismFor(softhsm, "rfc3394-pkcs7", "UNWRAP")).toThrow(missing);
    const oneWay = { ...softhsm, probed: new Map([[probeName("CKM_AES_KEY_WRAP_PAD", "UNWRAP"), false]]) };
    expect(() => mechanismFor(oneWay, "rfc5649", "UNWRAP")).toThrow(missing);
  });

  it("C41 wraps a private key only with padding, and only where wrapping is allowed", () => {
    const plain = abilities({ CKM_AES_KEY_WRAP: both, CKM_AES_KEY_WRAP_PAD: ["UNWRAP"] });
    expect(chooseWrap(plain, "secret").mechanism.name).toBe("CKM_AES_KEY_WRAP");
    expect(() => chooseWrap(plain, "private")).toThrow(missing);
  });
});
