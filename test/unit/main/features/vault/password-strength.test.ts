import { describe, expect, it } from "vitest";
import { assertPasswordStrength } from "#main/features/vault/password-strength.ts";

const judge =
  (password: string, names: readonly string[] = []) =>
  () =>
    assertPasswordStrength(password, names);

describe("password strength", () => {
  it.each([
    "correct horse battery staple",
    "Tr0ub4dor&3xyz",
    "пароль не для угадывания",
    "密码很长而且没有人会猜到它的",
    "password but with much more behind it",
  ])("V01 takes %s", (password) => expect(judge(password)).not.toThrow());

  it.each([
    "aaaaaaaaaaaaaaaa",
    "abababababababab",
    "123123123123123",
    "passwordpassword",
    "Password12345",
    "qwertyuiopqwertyuiop1",
    "letmeinletmein",
    "Keystead2024!",
  ])("V01 refuses %s", (password) =>
    expect(judge(password)).toThrow(expect.objectContaining({ code: "vault/weak-password" })),
  );

  it("V01 refuses a name given beside it, whatever its case, but not a short one by chance", () => {
    expect(judge("OlgaPetrova202456", ["olgapetrova"])).not.toThrow();
    expect(judge("OlgaPetrova24", ["olgapetrova"])).toThrow();
    expect(judge("annual review of kettles", ["ann"])).not.toThrow();
  });

  it("V01 never shows the password in the refusal", () => {
    expect(judge("aaaaaaaaaaaaaaaa")).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining("aaaa") }),
    );
  });
});
