import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SecretBytes } from "#main/crypto/secret-bytes.ts";
import {
  recogniseWrapped,
  unwrapLocally,
  WRAPPED_FORMATS,
  wrapLocally,
} from "#main/features/tokens/wrapped-content.ts";

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

describe("wrapped keys", () => {
  it("H09 C43 of each format are recognised, whatever the keys", () => {
    fc.assert(
      fc.property(bytes(32), fc.constantFrom(16, 24, 32, 121, 138).chain(bytes), (wrapping, key) => {
        using wrappingKey = SecretBytes.copyOf(wrapping);
        using inside = SecretBytes.copyOf(key);
        for (const format of WRAPPED_FORMATS) {
          if (format === "rfc3394" && key.length % 8 !== 0) continue;
          const wrapped = wrapLocally(format, wrappingKey, inside);
          expect(recogniseWrapped(wrappingKey, inside, wrapped)).toBe(format);
          expect(unwrapLocally(format, wrappingKey, wrapped)?.equals(inside)).toBe(true);
        }
      }),
    );
  });

  it("C43 of a 32-byte key have the lengths that SoftHSM and NSS give: 40 and 48", () => {
    using key = SecretBytes.take(Buffer.alloc(32, 1));
    expect(WRAPPED_FORMATS.map((format) => wrapLocally(format, key, key).length)).toEqual([40, 40, 48]);
  });

  it("are nothing under another key, with another key inside, or when damaged", () => {
    using key = SecretBytes.take(Buffer.alloc(32, 1));
    using other = SecretBytes.take(Buffer.alloc(32, 2));
    const wrapped = wrapLocally("rfc5649", key, key);
    expect(recogniseWrapped(other, key, wrapped)).toBeUndefined();
    expect(recogniseWrapped(key, other, wrapped)).toBeUndefined();
    expect(recogniseWrapped(key, key, wrapped.subarray(8))).toBeUndefined();
    expect(recogniseWrapped(key, key, Buffer.alloc(0))).toBeUndefined();
  });
});
