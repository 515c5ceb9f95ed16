import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodePin, usableLimits } from "#main/features/tokens/pin-policy.ts";
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

  it.each([
    ["7319", []],
    ["2468", []],
    ["cab", []],
    ["a", []],
    ["ab", []],
    ["1111", ["one-character"]],
    ["zz", ["one-character"]],
    ["1234", ["sequence"]],
    ["4321", ["sequence"]],
    ["abc", ["sequence"]],
    ["päss", ["not-ascii"]],
    ["éé", ["not-ascii", "one-character"]],
  ])("H04 H05 C22 hints for %j at %j", (pin, hints) => {
    expect(pinHints(pin)).toEqual(hints);
  });
});
