import { describe, expect, it } from "vitest";
import { MEANINGS } from "#main/adapters/pkcs11/ckr-meanings.ts";
import { translate } from "#main/adapters/pkcs11/translate.ts";
import type { KeysteadError } from "#shared/errors/keystead-error.ts";

const returned = (ckr: string, call: string, more: { readonly lost?: boolean; readonly oaepHash?: string } = {}) =>
  translate(
    { nature: "ckr", ckr, code: 1, call, ...(more.lost ? { lost: true } : {}) },
    { call: "decrypt", oaepHash: more.oaepHash },
  ) as KeysteadError;

describe("translation of return values", () => {
  it("C9 names function and value in every error", () => {
    for (const [ckr, { code }] of Object.entries(MEANINGS)) {
      expect(returned(ckr, "C_GenerateKey")).toMatchObject({ code, details: { ckr, call: "C_GenerateKey" } });
    }
    expect(returned("0x8000002f", "C_Sign").message).toMatch(/C_Sign: 0x8000002f, a code of its maker/);
  });

  it.each([
    ["CKR_TOKEN_NOT_PRESENT", "C_OpenSession", {}, "tokens/not-present"],
    ["CKR_TOKEN_NOT_PRESENT", "C_Sign", { lost: true }, "tokens/removed"],
    ["CKR_SLOT_ID_INVALID", "C_FindObjectsInit", { lost: true }, "tokens/removed"],
    ["CKR_PIN_INVALID", "C_Login", {}, "tokens/pin-incorrect"],
    ["CKR_PIN_INVALID", "C_SetPIN", {}, "tokens/pin-refused"],
    ["CKR_GENERAL_ERROR", "C_Login", {}, "tokens/failed"],
    ["CKR_DEVICE_ERROR", "C_Sign", {}, "tokens/device-failed"],
    ["CKR_ARGUMENTS_BAD", "C_DecryptInit", { oaepHash: "sha256" }, "tokens/hash-not-supported"],
    ["CKR_ARGUMENTS_BAD", "C_DecryptInit", { oaepHash: "sha1" }, "tokens/failed"],
    ["CKR_MECHANISM_PARAM_INVALID", "C_EncryptInit", {}, "tokens/mechanism-missing"],
  ] as const)("C32 C14 C42 makes of %s in %s %j: %s", (ckr, call, more, code) => {
    expect(returned(ckr, call, more).code).toBe(code);
  });

  it("C14 does not advise to try again what may have been a wrong PIN under a code of the maker's own", () => {
    expect(returned("0x8000002f", "C_Login").message).toMatch(/means a wrong PIN/);
    expect(returned("0x8000002f", "C_Login").message).not.toMatch(/Try again/);
  });

  it("C29 says that another token is in, and that nothing was sent to it", () => {
    expect(translate({ nature: "swapped" }, { call: "initToken" })).toMatchObject({
      code: "tokens/removed",
      message: expect.stringMatching(/nothing was sent/),
      details: { swapped: true },
    });
  });

  it("leaves a mistake of ours a mistake", () => {
    const error = translate({ nature: "bug", text: "TypeError: unknown attribute CKA_X" }, { call: "find" });
    expect(error).toBeInstanceOf(TypeError);
  });
});
