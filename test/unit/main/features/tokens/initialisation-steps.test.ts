import { describe, expect, it } from "vitest";
import {
  assertConfirmed,
  confirmWordOf,
  INITIALISATION_STEPS,
  initialisationIncomplete,
  leftBehind,
  wizardSteps,
} from "#main/features/tokens/initialisation-steps.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { wizardStep } from "#shared/models/token.ts";

const INITIALISED = ["TOKEN_INITIALIZED"];

describe("the word that confirms", () => {
  it.each([
    [{ flags: INITIALISED, label: "UKey-001", serial: "42" }, "UKey-001"],
    [{ flags: INITIALISED, label: "  ", serial: "42" }, "42"],
    [{ flags: INITIALISED, label: "", serial: "" }, "empty"],
    // A fresh token's label is whatever its memory holds.
    [{ flags: [], label: "rubbish", serial: "42" }, "42"],
    [{ flags: [], label: "", serial: "" }, "empty"],
  ])("H04 C17 of %j is %s", (token, word) => {
    expect(confirmWordOf(token)).toBe(word);
    expect(() => assertConfirmed(token, ` ${word} `)).not.toThrow();
    for (const wrong of ["", " ", word.toUpperCase() === word ? `${word}0` : word.toUpperCase(), "yes"]) {
      expect(() => assertConfirmed(token, wrong)).toThrow(
        expect.objectContaining({ code: "tokens/confirmation-wrong" }),
      );
    }
  });
});

describe("the steps", () => {
  it("H04 C21 are all done, each with its proof, when nothing failed", () => {
    const steps = wizardSteps({ "find-again": "Slot 1 became slot 7." });
    expect(steps.map((step) => step.state)).toEqual(INITIALISATION_STEPS.map(() => "done"));
    expect(steps.every((step) => step.proof !== "" && wizardStep.safeParse(step).success)).toBe(true);
    expect(steps.find((step) => step.name === "find-again")?.proof).toBe("Slot 1 became slot 7.");
  });

  it.each(INITIALISATION_STEPS.map(({ name }, index) => [name, index] as const))(
    "H04 a stop at %s leaves what comes before done and what comes after not reached",
    (step, index) => {
      const states = wizardSteps({}, { step, because: "pulled out" }).map(({ state }) => state);
      expect(states.slice(0, index).every((state) => state === "done")).toBe(true);
      expect(states[index]).toBe("failed");
      expect(states.slice(index + 1).every((state) => state === "not-reached")).toBe(true);
      expect(leftBehind(step)).toBe(index < 3 ? "unchanged" : index === 3 ? "unknown" : "unfinished");
    },
  );

  it("H04 name the cause and how the token is left", () => {
    const cause = new KeysteadError("tokens/removed", "The token was pulled out. Put it in again.");
    const error = initialisationIncomplete("UKey-001", "set-user-pin", cause);
    expect(error.message).toContain("pulled out");
    expect(error.message).toContain("is not ready for use");
    expect(error.details).toEqual({ label: "UKey-001", step: "set-user-pin", cause: "tokens/removed" });
    expect(initialisationIncomplete("UKey-001", "erase", new Error("x")).message).toContain("may have been erased");
  });
});
