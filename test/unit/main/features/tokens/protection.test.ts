import { describe, expect, it } from "vitest";
import {
  isMadeAndKeptOnToken,
  type Protection,
  protectionOf,
  readBackDifferences,
  usesOf,
} from "#main/features/tokens/protection.ts";

const BEST = {
  CKA_LOCAL: true,
  CKA_SENSITIVE: true,
  CKA_EXTRACTABLE: false,
  CKA_ALWAYS_SENSITIVE: true,
  CKA_NEVER_EXTRACTABLE: true,
};

describe("reading back", () => {
  it("H07 C47 calls made in hardware only what is local and was never otherwise", () => {
    expect(isMadeAndKeptOnToken(protectionOf(BEST))).toBe(true);
    for (const name of ["CKA_LOCAL", "CKA_ALWAYS_SENSITIVE", "CKA_NEVER_EXTRACTABLE"] as const) {
      expect(isMadeAndKeptOnToken(protectionOf({ ...BEST, [name]: false }))).toBe(false);
      const { [name]: _left, ...others } = BEST;
      expect(isMadeAndKeptOnToken(protectionOf(others))).toBe(false);
    }
  });

  it("leaves out what the token does not say", () => {
    expect(protectionOf({ CKA_LOCAL: false, CKA_LABEL: "x" })).toEqual({ local: false });
  });

  it.each<[boolean, Protection, number]>([
    [false, protectionOf(BEST), 0],
    [true, { ...protectionOf(BEST), extractable: true }, 0],
    [false, { sensitive: false }, 1],
    [false, { extractable: true }, 1],
    [true, { extractable: false }, 1],
    [false, { local: false, sensitive: false, extractable: true }, 3],
    [false, {}, 0],
  ])("C47 when extractable is asked %s and got %j tells %i differences", (extractable, got, count) => {
    expect(readBackDifferences({ extractable }, got)).toHaveLength(count);
  });

  it("names uses", () => {
    expect(usesOf({ CKA_SIGN: true, CKA_DECRYPT: false, CKA_UNWRAP: true })).toEqual(["sign", "unwrap"]);
  });
});
