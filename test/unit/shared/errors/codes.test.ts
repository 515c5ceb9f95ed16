import { describe, expect, it } from "vitest";
import { ERROR_CODES, EXIT_STATUS, isErrorCode } from "#shared/errors/codes.ts";
import { isKeysteadError, KeysteadError } from "#shared/errors/keystead-error.ts";

const entries = Object.entries(ERROR_CODES);

describe("error table", () => {
  it.each(entries)(
    "A01 %s has a subject, a kind with an exit status, and a remedy that fits",
    (code, { kind, remedy }) => {
      expect(code).toMatch(/^[a-z]+\/[a-z][a-z0-9-]*[a-z0-9]$/);
      expect(EXIT_STATUS[kind]).toBeGreaterThan(1);
      if (kind === "damaged") expect(remedy).toBe("restore-backup");
      if (kind === "bug") expect(remedy).toBe("report");
      if (kind === "locked") expect(remedy).toBe(code.startsWith("tokens/") ? "enter-pin" : "unlock");
      if (kind === "input") expect(remedy).toBe("correct-input");
    },
  );

  it("A01 kinds can be told apart by their exit status", () => {
    expect(new Set(Object.values(EXIT_STATUS)).size).toBe(Object.keys(EXIT_STATUS).length);
  });

  it("A01 knows its codes and no inherited name", () => {
    expect(isErrorCode("vault/locked")).toBe(true);
    for (const text of ["", "toString", "__proto__", "constructor", "vault/unknown"])
      expect(isErrorCode(text)).toBe(false);
  });

  it("A01 crosses a door whole, without its cause", () => {
    const error = new KeysteadError(
      "files/exists",
      "It exists. Choose another.",
      { path: "/x" },
      { cause: new Error("secret inside") },
    );
    const payload = JSON.parse(JSON.stringify(error));
    expect(payload).toEqual({
      code: "files/exists",
      kind: "conflict",
      remedy: "correct-input",
      message: "It exists. Choose another.",
      details: { path: "/x" },
    });
    expect(KeysteadError.fromPayload(payload).toJSON()).toEqual(payload);
    expect(isKeysteadError(payload)).toBe(false);
  });
});
