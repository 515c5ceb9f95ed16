import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  fixedText,
  memorySize,
  paddedLabel,
  slotBuffer,
  slotText,
  ulong,
} from "#main/adapters/pkcs11/native-values.ts";

describe("native values", () => {
  it("C20 pads any label to exactly 32 bytes of UTF-8 that begin as the label does", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 40 }), (label) => {
        const padded = paddedLabel(label);
        expect(Buffer.byteLength(padded)).toBe(32);
        expect(padded).not.toContain("\ufffd");
        expect(label.startsWith(padded.trimEnd()) || label.trimEnd().startsWith(padded.trimEnd())).toBe(true);
      }),
    );
  });

  it("C20 cuts no joined emoji in two and survives half a surrogate pair", () => {
    const family = "👩‍👩‍👧"; // 18 bytes
    expect(paddedLabel(`${family}${family}`)).toBe(`${family}${" ".repeat(14)}`);
    expect(Buffer.byteLength(paddedLabel("\ud83d"))).toBe(32);
  });

  it("C20 trims spaces, stops at NUL, and shows no control or direction characters", () => {
    expect(fixedText("Token      ")).toBe("Token");
    expect(fixedText("Token\0rubbish")).toBe("Token");
    expect(fixedText("  12345 ")).toBe("12345");
    expect(fixedText("a\u001b[2Jb\u202ec")).toBe("a\ufffd[2Jb\ufffdc");
  });

  it("C29 carries slot ids of all 64 bits as decimal text", () => {
    for (const id of ["0", "1793424851", "18446744073709551615"]) expect(slotText(slotBuffer(id))).toBe(id);
    expect(() => slotBuffer("-1")).toThrow(TypeError);
    expect(() => slotBuffer("0x1")).toThrow(TypeError);
  });

  it("reads CK_ULONG of either size, and `unavailable` as absent", () => {
    expect(ulong(Buffer.from("0300000000000000", "hex"))).toBe(3);
    expect(ulong(Buffer.from("03000000", "hex"))).toBe(3);
    expect(ulong(Buffer.alloc(8, 0xff))).toBeUndefined();
    expect(ulong(Buffer.alloc(4, 0xff))).toBeUndefined();
    expect(ulong(Buffer.alloc(3))).toBeUndefined();
    expect(memorySize(0xffff_ffff_ffff_ffffn)).toBeUndefined();
    expect(memorySize(0xffff_ffffn)).toBeUndefined();
    expect(memorySize(4096n)).toBe(4096);
  });
});
