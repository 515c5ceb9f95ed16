import { generateKeyPairSync, sign, verify } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { derToRs, readTokenSignature, rsToDer } from "#main/features/tokens/ecdsa-signature.ts";

const CURVES = [
  ["P-256", 32],
  ["P-384", 48],
  ["P-521", 66],
] as const;

describe.each(CURVES)("ECDSA signatures on %s", (namedCurve, size) => {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve });
  const data = Buffer.from("signed");

  it("P21 C40 of node as r || s become DER that node verifies, and the other way round", () => {
    for (let times = 0; times < 40; times++) {
      const rs = sign("sha256", data, { key: privateKey, dsaEncoding: "ieee-p1363" });
      expect(verify("sha256", data, publicKey, rsToDer(rs))).toBe(true);
      const der = sign("sha256", data, privateKey);
      const back = derToRs(der, size);
      expect(back).toHaveLength(2 * size);
      expect(verify("sha256", data, { key: publicKey, dsaEncoding: "ieee-p1363" }, back ?? Buffer.alloc(0))).toBe(true);
    }
  });

  const number = fc
    .uint8Array({ minLength: 1, maxLength: size })
    .filter((bytes) => bytes.some((byte) => byte !== 0))
    .map((bytes) => Buffer.concat([Buffer.alloc(size - bytes.length), bytes]));
  const pair = fc.tuple(number, number).map((halves) => Buffer.concat(halves));

  it("C40 survive DER whatever their leading bits", () => {
    fc.assert(
      fc.property(pair, (rs) => {
        expect(derToRs(rsToDer(rs), size)).toEqual(rs);
        expect(readTokenSignature(rs, size)).toEqual(rs);
      }),
    );
  });
});

describe("the high-bit rule", () => {
  const rs = (r: string, s: string) => Buffer.from(r.padStart(64, "0") + s.padStart(64, "0"), "hex");

  it.each([
    ["80", "7f", "3007020200800201 7f"],
    ["7f", "ff", "300702017f020200ff"],
    ["0100", "01", "300702020100020101"],
  ])("C40 writes r = %s, s = %s with a zero byte exactly where it is needed", (r, s, der) => {
    expect(rsToDer(rs(r, s)).toString("hex")).toBe(der.replaceAll(" ", ""));
  });

  it.each([
    ["00", "01"],
    ["01", "00"],
  ])("refuses r = %s, s = %s, which no signature has", (r, s) => {
    expect(() => rsToDer(rs(r, s))).toThrow(RangeError);
    expect(readTokenSignature(rs(r, s), 32)).toBeUndefined();
  });
});

describe("what tokens answer", () => {
  const r = Buffer.alloc(32, 0x11);
  const s = Buffer.alloc(32, 0x22);

  it("is taken as r || s, as DER, and with leading zeros left out", () => {
    const rs = Buffer.concat([r, s]);
    expect(readTokenSignature(rs, 32)).toEqual(rs);
    expect(readTokenSignature(rsToDer(rs), 32)).toEqual(rs);
    const short = Buffer.concat([Buffer.alloc(1), r.subarray(1), Buffer.alloc(1), s.subarray(1)]);
    expect(readTokenSignature(Buffer.concat([r.subarray(1), s.subarray(1)]), 32)).toEqual(short);
  });

  it.each(["", "00", "11".repeat(63), "11".repeat(68), "00".repeat(64)])("is refused when it is %s", (hex) => {
    expect(readTokenSignature(Buffer.from(hex, "hex"), 32)).toBeUndefined();
  });

  it("never throws", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 150 }), (bytes) => {
        const read = readTokenSignature(Buffer.from(bytes), 48);
        expect(read === undefined || read.length === 96).toBe(true);
      }),
    );
  });
});
