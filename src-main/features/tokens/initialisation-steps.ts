import { KeysteadError } from "#shared/errors/keystead-error.ts";
import type { WizardStep } from "#shared/models/token.ts";
import type { TokenInfo } from "./token-port.ts";

/**
 * Initialising, in order; each step names what proves it. Up to `erase` nothing on the token has changed (C17); from there on
 * the token is not ready until `probe` has passed (C21).
 */
export const INITIALISATION_STEPS = [
  { name: "inventory", proof: "What is on the token was listed and is in the trace." },
  { name: "confirm", proof: "The word typed is the token's own." },
  { name: "close-sessions", proof: "No session of ours is open on the token." },
  { name: "erase", proof: "The token took the label and the security officer's PIN." },
  { name: "find-again", proof: "Among the slots read anew, one token has the new label." },
  { name: "so-log-in", proof: "The security officer's PIN logs in." },
  { name: "set-user-pin", proof: "The token took the user PIN." },
  { name: "user-log-in", proof: "The user PIN logs in." },
  {
    name: "probe",
    proof: "A key made on the token signed; its signature held, a changed one did not; the key is deleted.",
  },
] as const;

export type InitialisationStep = (typeof INITIALISATION_STEPS)[number]["name"];

const ERASING = indexOf("erase");

/**
 * The list for the console: everything before `failed` is done, everything after it is not reached. `proofs` says what was
 * seen, step by step; where it says nothing, the rule stands.
 */
export function wizardSteps(
  proofs: Readonly<Partial<Record<InitialisationStep, string>>> = {},
  failed?: { readonly step: InitialisationStep; readonly because: string },
): WizardStep[] {
  const stop = failed === undefined ? INITIALISATION_STEPS.length : indexOf(failed.step);
  return INITIALISATION_STEPS.map(({ name, proof }, index) => {
    if (index < stop) return { name, state: "done", proof: proofs[name] ?? proof };
    if (index === stop) return { name, state: "failed", proof: failed?.because ?? "" };
    return { name, state: "not-reached", proof: "" };
  });
}

/** How a token is left that failed in this step. One that went away in the middle of erasing may be either. */
export function leftBehind(step: InitialisationStep): "unchanged" | "unknown" | "unfinished" {
  const index = indexOf(step);
  if (index < ERASING) return "unchanged";
  return index === ERASING ? "unknown" : "unfinished";
}

/** The error for a failure from `erase` on; before it, the cause itself is the answer. */
export function initialisationIncomplete(label: string, step: InitialisationStep, cause: unknown): KeysteadError {
  const known = cause instanceof KeysteadError ? cause : undefined;
  const state = leftBehind(step) === "unknown" ? "may have been erased" : "has been erased and is not ready for use";
  return new KeysteadError(
    "tokens/initialisation-incomplete",
    `Initialising “${label}” stopped at “${step}”: ${known?.message ?? "an unexpected error stopped it."} The token ${state}. Initialise it again.`,
    { label, step, ...(known === undefined ? {} : { cause: known.code }) },
    { cause },
  );
}

function indexOf(name: InitialisationStep): number {
  return INITIALISATION_STEPS.findIndex((step) => step.name === name);
}

/** On a fresh token the SO PIN given becomes its PIN; on an initialised one it must be the present one and stays (C19). */
export function isFresh(token: Pick<TokenInfo, "flags">): boolean {
  return !token.flags.includes("TOKEN_INITIALIZED");
}

/** What has to be typed (C17): the present label; for a token without one its serial; without that, the word `empty`. Never nothing. */
export function confirmWordOf(token: Pick<TokenInfo, "flags" | "label" | "serial">): string {
  const [label, serial] = [token.label.trim(), token.serial.trim()];
  if (!isFresh(token) && label !== "") return label;
  return serial === "" ? "empty" : serial;
}

/** Error `confirmation-wrong`. A letter's case counts, because labels differ by it; how a keyboard composes accents does not. */
export function assertConfirmed(token: Pick<TokenInfo, "flags" | "label" | "serial">, typed: string): void {
  const word = confirmWordOf(token);
  if (typed.trim().normalize("NFC") === word.normalize("NFC")) return;
  throw new KeysteadError(
    "tokens/confirmation-wrong",
    `Everything on the token is about to be erased. Type “${word}” exactly to confirm.`,
    { expected: word },
  );
}
