import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { assertSettablePin, encodePin, usableLimits } from "#main/features/tokens/pin-policy.ts";

const PIV = { minPinLength: 4, maxPinLength: 8 };
const code = (pin: string, limits = PIV) => {
  try {
    assertSettablePin(pin, limits);
    return "ok";
  } catch (error) {
    return (error as { readonly code: string }).code;
  }
};

describe("a PIN as bytes", () => {
  it("C22 is the same however a keyboard composes it", () => {
    using composed = encodePin("caf\u00e9");
    using decomposed = encodePin("cafe\u0301");
    expect(composed.equals(decomposed)).toBe(true);
    expect(composed.reveal().toString("hex")).toBe("636166c3a9");
  });

  it("keeps every ASCII PIN byte by byte", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary-ascii" }), (pin) => {
        using encoded = encodePin(pin);
        expect(encoded.reveal().toString("latin1")).toBe(pin);
      }),
    );
  });
});

describe("a PIN to be set", () => {
  it.each([
    ["123", "tokens/pin-length"],
    ["1357", "ok"],
    ["13572468", "ok"],
    ["135724689", "tokens/pin-length"],
    ["ééééé", "tokens/pin-length"],
    ["éééé", "ok"],
    ["12\u000034", "tokens/pin-refused"],
    ["1234\n", "tokens/pin-refused"],
    ["1234\ud800", "tokens/pin-refused"],
    ["", "tokens/pin-length"],
  ])("H04 C22 %j is %s on a token of 4 to 8 bytes", (pin, outcome) => {
    expect(code(pin)).toBe(outcome);
  });

  it("tells the limits and never the PIN", () => {
    expect(() => assertSettablePin("sesame-open", PIV)).toThrow(/4 to 8 bytes/);
    expect(() => assertSettablePin("sesame-open", PIV)).not.toThrow(/sesame/);
  });

  it.each([
    [
      { minPinLength: 0, maxPinLength: 0 },
      { min: 1, max: 255 },
    ],
    [
      { minPinLength: 4, maxPinLength: 255 },
      { min: 4, max: 255 },
    ],
    [
      { minPinLength: 4, maxPinLength: 2 ** 64 },
      { min: 4, max: 255 },
    ],
    [
      { minPinLength: 9, maxPinLength: 8 },
      { min: 1, max: 8 },
    ],
  ])("takes the limits %j as %j", (told, used) => {
    expect(usableLimits(told)).toEqual(used);
  });
});
