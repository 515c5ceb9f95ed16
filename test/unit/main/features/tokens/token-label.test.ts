import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  assertSeriesPattern,
  assertTokenLabel,
  nextSeriesLabel,
  seriesLabel,
} from "#main/features/tokens/token-label.ts";

describe("a token's label", () => {
  it.each(["a", "x".repeat(32), "é".repeat(16), "🔑".repeat(8), "Größe 7"])("H04 C20 may be %j", (label) => {
    expect(() => assertTokenLabel(label)).not.toThrow();
  });

  it.each(["", " a", "a ", "x".repeat(33), `${"é".repeat(16)}x`, `${"🔑".repeat(8)}x`, "a\u0000b", "a\nb", "\ud800"])(
    "H04 C20 may not be %j",
    (label) => {
      expect(() => assertTokenLabel(label)).toThrow(expect.objectContaining({ code: "request/invalid-params" }));
    },
  );

  it("says how many bytes it takes", () => {
    expect(() => assertTokenLabel("🔑".repeat(9))).toThrow(/takes 36 bytes and a token holds 32/);
  });

  it("C20 that is accepted comes back from a field of 32 bytes padded with spaces; one that is refused would not", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("a", " ", "é", "語", "🔑"), maxLength: 34 }), (label) => {
        const field = Buffer.alloc(32, 0x20);
        field.write(label, "utf8");
        const survives = label !== "" && field.toString("utf8").trim() === label;
        const judged = () => assertTokenLabel(label);
        if (survives) expect(judged).not.toThrow();
        else expect(judged).toThrow();
      }),
    );
  });
});

describe("labels of a series", () => {
  it.each([
    ["UKey-###", 7, "UKey-007"],
    ["UKey-#", 12, "UKey-12"],
    ["##-Zürich", 3, "03-Zürich"],
  ])("H04 %s and %i make %s", (pattern, number, label) => {
    expect(seriesLabel(pattern, number)).toBe(label);
  });

  it.each(["UKey", "U#-#", "", `${"é".repeat(15)}###`])("refuse the pattern %j", (pattern) => {
    expect(() => assertSeriesPattern(pattern, 1)).toThrow(expect.objectContaining({ code: "request/invalid-params" }));
  });

  it("C29 skip labels that other tokens have", () => {
    const taken = new Set(["UKey-001", "UKey-002", "UKey-004"]);
    expect(nextSeriesLabel("UKey-###", 1, taken)).toEqual({ label: "UKey-003", number: 3 });
    expect(nextSeriesLabel("UKey-###", 4, taken)).toEqual({ label: "UKey-005", number: 5 });
  });
});
