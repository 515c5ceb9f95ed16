import { describe, expect, it } from "vitest";
import { wizardSteps } from "#main/features/tokens/initialisation-steps.ts";
import { incompleteSteps } from "#renderer/features/tokens/incomplete-steps.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { en } from "#shared/lang/en.ts";

describe("initialising that stopped on the way", () => {
  it("H04 C21 reads out of the error how far it came, colons in a proof included", () => {
    const steps = wizardSteps({ erase: "Labelled “a: b”." }, { step: "probe", because: "Pulled out: gone." });
    // As main writes them into the error.
    const texts = steps.map(({ name, state, proof }) => `${name}: ${state}${proof === "" ? "" : `: ${proof}`}`);
    const error = new KeysteadError("tokens/initialisation-incomplete", "It stopped.", { steps: texts });
    expect(incompleteSteps(error)).toEqual(steps);
  });

  it("H04 has nothing to show for other failures", () => {
    expect(incompleteSteps(new KeysteadError("tokens/pin-incorrect", "No."))).toBeUndefined();
    expect(incompleteSteps(new Error("bug"))).toBeUndefined();
  });

  it("H04 has words for every step that main names", () => {
    for (const { name } of wizardSteps()) expect(en.tokens.initialise.step).toHaveProperty(name);
  });
});
