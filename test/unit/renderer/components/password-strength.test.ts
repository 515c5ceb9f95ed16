import { describe, expect, it } from "vitest";
import { passwordStrength } from "#renderer/components/password-strength.ts";

describe("password strength", () => {
  it.each([
    ["", "empty"],
    ["short", "short"],
    ["elevenchars", "short"],
    ["aaaaaaaaaaaaaaaaaaaa", "refused"],
    ["passwordpassword", "refused"],
    ["123456789012345", "weak"],
    ["abababababab", "refused"],
    ["Tr0mbone&Vine", "fair"],
    ["correct horse battery staple", "good"],
    ["密码很长而且没有规律的一句话好吗", "fair"],
  ])("V01 judges %j as %s", (password, strength) => {
    expect(passwordStrength(password)).toBe(strength);
  });

  it("V01 judges a name given beside it as the vault does", () => {
    expect(passwordStrength("OlgaPetrova24", ["olgapetrova"])).toBe("refused");
    expect(passwordStrength("OlgaPetrova24", ["ann"])).toBe("fair");
  });
});
