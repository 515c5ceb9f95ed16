import { describe, expect, it } from "vitest";
import { assertConfirmed } from "#main/features/tokens/initialisation-steps.ts";
import { assertTokenLabel } from "#main/features/tokens/token-label.ts";
import {
  brokenLabelRule,
  byteLength,
  confirmWord,
  deletionWord,
  tokenName,
} from "#renderer/features/tokens/token-state.ts";

const refuses = (work: () => void): boolean => {
  try {
    work();
    return false;
  } catch {
    return true;
  }
};

describe("token state", () => {
  it("H04 asks for the word that main wants typed, whatever the token says of itself", () => {
    for (const initialized of [true, false])
      for (const label of ["Officer 1", "  padded  ", ""])
        for (const serial of ["4711", " 0815 ", ""]) {
          const word = confirmWord({ initialized, label, serial });
          const flags = initialized ? ["TOKEN_INITIALIZED"] : [];
          expect(refuses(() => assertConfirmed({ flags, label, serial }, word))).toBe(false);
          expect(refuses(() => assertConfirmed({ flags, label, serial }, `${word}x`))).toBe(true);
        }
  });

  it("H04 C20 takes exactly the labels that main takes, counted in bytes", () => {
    const labels = [
      "",
      "a",
      " a",
      "a ",
      "x".repeat(32),
      "x".repeat(33),
      "é".repeat(16),
      "é".repeat(17),
      "鑰".repeat(10),
    ];
    for (const label of [...labels, "鑰".repeat(11), "🔑".repeat(8), "🔑".repeat(9), "tab\there", "line\n"])
      expect(brokenLabelRule(label) !== undefined, JSON.stringify(label)).toBe(refuses(() => assertTokenLabel(label)));
    expect(byteLength("Büro 🔑")).toBe(10);
  });

  it("H02 names a token by its label, else its serial, else as the caller says", () => {
    expect(tokenName({ label: "A", serial: "1" }, "fresh")).toBe("A");
    expect(tokenName({ label: "  ", serial: "1" }, "fresh")).toBe("1");
    expect(tokenName({ label: "", serial: "" }, "fresh")).toBe("fresh");
  });

  it("H07 asks for the label before deleting, and for the id where there is none", () => {
    expect(deletionWord({ label: "key one", keyId: "0a" })).toBe("key one");
    expect(deletionWord({ label: "", keyId: "0a0b" })).toBe("0a0b");
  });
});
