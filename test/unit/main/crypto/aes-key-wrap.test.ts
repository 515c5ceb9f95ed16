import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { unwrapWithAes, wrapWithAes } from "#main/crypto/aes-key-wrap.ts";
import { SecretBytes } from "#main/crypto/secret-bytes.ts";

const secret = (hex: string) => SecretBytes.take(Buffer.from(hex, "hex"));

describe("AES key wrap", () => {
  it.each([
    // RFC 3394 sections 4.1 and 4.6.
    [
      "rfc3394",
      "000102030405060708090A0B0C0D0E0F",
      "00112233445566778899AABBCCDDEEFF",
      "1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5",
    ],
    [
      "rfc3394",
      "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F",
      "00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F",
      "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21",
    ],
    // RFC 5649 section 6.
    [
      "rfc5649",
      "5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8",
      "c37b7e6492584340bed12207808941155068f738",
      "138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b6a",
    ],
    [
      "rfc5649",
      "5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8",
      "466f7250617369",
      "afbeb0f07dfbf5419200f2ccb50bb24f",
    ],
  ] as const)("H09 C43 of %s gives the standard's vector", (how, wrappingKey, data, wrapped) => {
    expect(wrapWithAes(how, secret(wrappingKey), secret(data)).toString("hex")).toBe(wrapped);
    const back = unwrapWithAes(how, secret(wrappingKey), Buffer.from(wrapped, "hex"));
    expect(back?.reveal().toString("hex")).toBe(data.toLowerCase());
  });

  it.each([
    ["rfc3394", 8],
    ["rfc3394", 20],
    ["rfc3394", 0],
    ["rfc5649", 0],
  ] as const)("%s refuses %i bytes", (how, length) => {
    expect(() => wrapWithAes(how, secret("00".repeat(16)), SecretBytes.take(Buffer.alloc(length)))).toThrow(RangeError);
  });

  it("opens under its own key only, and not after any change", () => {
    const key = fc.uint8Array({ minLength: 32, maxLength: 32 });
    const data = fc.uint8Array({ minLength: 1, maxLength: 80 });
    fc.assert(
      fc.property(key, data, fc.nat(), fc.integer({ min: 1, max: 255 }), (wrappingKey, bytes, at, change) => {
        const wrapped = wrapWithAes("rfc5649", SecretBytes.copyOf(wrappingKey), SecretBytes.copyOf(bytes));
        const back = unwrapWithAes("rfc5649", SecretBytes.copyOf(wrappingKey), wrapped);
        expect(back?.reveal().equals(bytes)).toBe(true);
        const index = at % wrapped.length;
        wrapped[index] = (wrapped[index] ?? 0) ^ change;
        expect(unwrapWithAes("rfc5649", SecretBytes.copyOf(wrappingKey), wrapped)).toBeUndefined();
      }),
    );
  });

  it("never throws for what a token wrapped", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 60 }),
        fc.constantFrom("rfc3394" as const, "rfc5649" as const),
        (bytes, how) => {
          expect(unwrapWithAes(how, secret("11".repeat(32)), bytes)).toBeUndefined();
        },
      ),
    );
  });
});
