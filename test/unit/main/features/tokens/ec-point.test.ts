import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { der, TAG } from "#main/crypto/formats/der.ts";
import { ecdhPeerForms, ecPointForms, readEcPoint } from "#main/features/tokens/ec-point.ts";

const forms = (value: Buffer) => [value, der(TAG.octetString, value), der(TAG.bitString, Buffer.of(0), value)];
const bytes = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((array) => Buffer.from(array));

describe("CKA_EC_POINT", () => {
  it.each([
    ["nistp256", 32],
    ["nistp384", 48],
    ["nistp521", 66],
    ["secp256k1", 32],
  ] as const)("C36 of %s is the same point as DER OCTET STRING, bare and as BIT STRING", (curve, size) => {
    fc.assert(
      fc.property(bytes(2 * size), (xy) => {
        const point = Buffer.concat([Buffer.of(4), xy]);
        for (const form of forms(point)) expect(readEcPoint(form, curve)).toEqual(point);
      }),
    );
  });

  it.each([
    ["ed25519", 32],
    ["x25519", 32],
    ["ed448", 57],
    ["x448", 56],
  ] as const)("C36 of %s is its bytes in each of the three forms", (curve, size) => {
    fc.assert(
      fc.property(bytes(size), (value) => {
        for (const form of forms(value)) expect(readEcPoint(form, curve)).toEqual(value);
      }),
    );
  });

  it("C36 of an Ed25519 key that looks like DER, 04 1e …, is taken bare", () => {
    const bare = Buffer.concat([Buffer.of(0x04, 0x1e), Buffer.alloc(30, 7)]);
    expect(readEcPoint(bare, "ed25519")).toEqual(bare);
    expect(readEcPoint(der(TAG.octetString, bare), "ed25519")).toEqual(bare);
  });

  it("is read from what SoftHSM 2.6.1 gives", () => {
    const softhsm = Buffer.from(`0420${"c9c0ee484c2709534945faab008be5d1aa7cd5f467d5b21d8c9ff7c016f88761"}`, "hex");
    expect(readEcPoint(softhsm, "ed25519")?.toString("hex")).toBe(
      "c9c0ee484c2709534945faab008be5d1aa7cd5f467d5b21d8c9ff7c016f88761",
    );
  });

  it.each([
    ["too short", "0402", "nistp256"],
    ["compressed", `02${"11".repeat(32)}`, "nistp256"],
    ["of another curve", `04${"11".repeat(96)}`, "nistp256"],
    ["followed by more", `044104${"11".repeat(64)}00`, "nistp256"],
    ["empty", "", "ed25519"],
    ["31 bytes", "11".repeat(31), "ed25519"],
  ] as const)("is nothing when it is %s", (_what, point, curve) => {
    expect(readEcPoint(Buffer.from(point, "hex"), curve)).toBeUndefined();
  });

  it("C37 is written as DER first and bare second; for ECDH the other way round", () => {
    const point = Buffer.concat([Buffer.of(4), Buffer.alloc(64, 9)]);
    expect(ecPointForms(point).map((form) => form.length)).toEqual([67, 65]);
    expect(ecdhPeerForms(point).map((form) => form.length)).toEqual([65, 67]);
    for (const form of ecPointForms(point)) expect(readEcPoint(form, "nistp256")).toEqual(point);
  });
});
