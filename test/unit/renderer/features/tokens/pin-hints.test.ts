import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodePin, judgeNewPin, usableLimits } from "#main/features/tokens/pin-policy.ts";
import { pinBytes, pinHints, pinLimits } from "#renderer/features/tokens/pin-hints.ts";

describe("PINs as typed", () => {
  it("H05 C22 counts the bytes that main sends, however a keyboard composes its letters", () => {
    for (const pin of ["1234", "Grüße", "Gru\u0308ße", "密码", "🔑🔑"]) {
      using encoded = encodePin(pin);
      expect(pinBytes(pin)).toBe(encoded.length);
    }
  });

  it("H05 C22 takes the token's limits as main does, nonsense included", () => {
    const number = fc.oneof(fc.integer({ min: -1, max: 300 }), fc.constant(2 ** 32), fc.constant(0));
    fc.assert(
      fc.property(number, number, (min, max) => {
        expect(pinLimits({ minLength: min, maxLength: max })).toEqual(
          usableLimits({ minPinLength: min, maxPinLength: max }),
        );
      }),
    );
  });

  it("H05 hints at what main would warn of", () => {
    const wide = { minPinLength: 1, maxPinLength: 255 };
    for (const pin of ["1111", "1234", "4321", "2468", "7319", "päss", "a", "ab", "zz", "abc", "cab"])
      expect(pinHints(pin), pin).toEqual(judgeNewPin(pin, wide));
  });
});
