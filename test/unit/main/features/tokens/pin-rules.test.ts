import { describe, expect, it } from "vitest";
import { assertMayLogIn, pinIncorrect, pinStateOf } from "#main/features/tokens/pin-rules.ts";
import type { Role } from "#main/features/tokens/token-port.ts";

const READY = ["TOKEN_INITIALIZED", "USER_PIN_INITIALIZED", "LOGIN_REQUIRED"];

describe.each([
  ["user", "USER_PIN"],
  ["so", "SO_PIN"],
] as const)("state of the %s PIN", (role, prefix) => {
  it.each([
    [[], 0, "ok"],
    [["TO_BE_CHANGED"], 0, "to-be-changed"],
    [["COUNT_LOW"], 0, "low"],
    [["COUNT_LOW", "TO_BE_CHANGED"], 0, "low"],
    [["FINAL_TRY", "COUNT_LOW"], 0, "final-try"],
    [["LOCKED", "FINAL_TRY", "COUNT_LOW"], 0, "locked"],
    // Flags lie (C14): the own count darkens the picture.
    [[], 1, "low"],
    [["TO_BE_CHANGED"], 1, "low"],
    [[], 2, "final-try"],
    [["COUNT_LOW"], 7, "final-try"],
    [["LOCKED"], 1, "locked"],
    // … and never brightens it.
    [["FINAL_TRY"], 1, "final-try"],
  ])("H05 C13 C14 with flags %j and %i failures of our own is %s", (flags, failures, state) => {
    expect(pinStateOf(role, [...READY, ...flags.map((flag) => `${prefix}_${flag}`)], failures)).toBe(state);
  });

  it("is not set before the token says so, and locked counts even then", () => {
    expect(pinStateOf(role, [])).toBe("not-set");
    expect(pinStateOf(role, [`${prefix}_LOCKED`])).toBe("locked");
  });

  it("does not look at the other role's flags", () => {
    const other = role === "user" ? "SO_PIN" : "USER_PIN";
    expect(pinStateOf(role, [...READY, `${other}_LOCKED`, `${other}_FINAL_TRY`])).toBe("ok");
  });
});

const asked = (over: object) => ({
  role: "user" as Role,
  flags: READY,
  ownFailures: 0,
  label: "UKey-001",
  acceptFinalTry: false,
  ...over,
});
const codeOf = (over: object): string | undefined => {
  try {
    assertMayLogIn(asked(over));
    return undefined;
  } catch (error) {
    return (error as { readonly code: string }).code;
  }
};

describe("before a log-in", () => {
  it.each([
    [{}, undefined],
    [{ flags: [...READY, "USER_PIN_COUNT_LOW"] }, undefined],
    [{ flags: [...READY, "USER_PIN_FINAL_TRY"] }, "tokens/pin-final-try"],
    [{ flags: [...READY, "USER_PIN_FINAL_TRY"], acceptFinalTry: true }, undefined],
    [{ ownFailures: 2 }, "tokens/pin-final-try"],
    [{ ownFailures: 2, acceptFinalTry: true }, undefined],
    [{ flags: [...READY, "USER_PIN_LOCKED"], acceptFinalTry: true }, "tokens/pin-locked"],
    [{ flags: ["TOKEN_INITIALIZED"] }, "tokens/pin-not-set"],
    [{ role: "so", flags: [] }, "tokens/pin-not-set"],
    [{ flags: [...READY, "PROTECTED_AUTHENTICATION_PATH"] }, "tokens/pin-pad"],
    [{ flags: [...READY, "PROTECTED_AUTHENTICATION_PATH"], ignorePinPad: true }, undefined],
  ])("C13 C16 C24 %j answers %s", (over, code) => {
    expect(codeOf(over)).toBe(code);
  });
});

describe("after a wrong PIN", () => {
  it("H05 C15 says so without a number of tries left, and louder when the next may lock it", () => {
    const first = pinIncorrect("user", "UKey-001", READY, 1);
    expect([first.code, first.details.state]).toEqual(["tokens/pin-incorrect", "low"]);
    const second = pinIncorrect("user", "UKey-001", READY, 2);
    expect(second.message).toContain("Another wrong one may lock it");
    for (const { message } of [first, second]) expect(message.replace("UKey-001", "")).not.toMatch(/\d/);
  });

  it("C16 says who can help when it is locked now, and that nobody can for the security officer's", () => {
    const user = pinIncorrect("user", "UKey-001", [...READY, "USER_PIN_LOCKED"], 3);
    expect(user.code).toBe("tokens/pin-locked");
    expect(user.message).toMatch(/security officer can set a new one.*PUK.*vendor/);
    expect(pinIncorrect("so", "UKey-001", [...READY, "SO_PIN_LOCKED"], 3).message).toContain("for good");
  });
});
