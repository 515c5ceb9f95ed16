import { isKeysteadError } from "#shared/errors/keystead-error.ts";
import type { WizardStep } from "#shared/models/token.ts";

/** How far initialising came, out of the error's `steps`: `name: state: proof`, one text a step. */
export function incompleteSteps(error: unknown): readonly WizardStep[] | undefined {
  if (!isKeysteadError(error) || error.code !== "tokens/initialisation-incomplete") return undefined;
  const { steps } = error.details;
  if (!Array.isArray(steps)) return undefined;
  return steps.flatMap((line) => {
    const [, name = "", state = "", proof = ""] = /^([^:]+): (done|failed|not-reached)(?:: (.*))?$/s.exec(line) ?? [];
    return name === "" ? [] : [{ name, state: state as WizardStep["state"], proof }];
  });
}
