import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeBase64, encodeBase64 } from "#main/crypto/formats/base64.ts";
import { FormatFault } from "#main/crypto/formats/format-fault.ts";

describe("P02 P15 base64 between bytes", () => {
  it("P02 P15 is Buffer's, in lines", () => {
    const property = fc.property(fc.uint8Array({ maxLength: 300 }), fc.constantFrom(64, 70), (bytes, width) => {
      const text = encodeBase64(bytes, width).toString("latin1");
      expect(text.replaceAll("\n", "")).toBe(Buffer.from(bytes).toString("base64"));
      expect(text === "" || text.endsWith("\n")).toBe(true);
      expect(Math.max(0, ...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(width);
      expect(decodeBase64(Buffer.from(text)).equals(bytes)).toBe(true);
    });
    fc.assert(property);
  });

  it.each(["QQ", "QQ=", "Q===", "QQ==QQ==", "QR==", "QUJ=", "QUJD=", "=", "QU-_", "QUJ\u00e9", "Q"])(
    "P02 refuses %j, which Buffer would take",
    (text) => {
      expect(() => decodeBase64(Buffer.from(text))).toThrow(FormatFault);
    },
  );
});
