import type { PinState, TokenModuleView, TokenObject, TokenView, WizardStep } from "#shared/models/token.ts";
import type { Tone } from "../../components/StateTag.tsx";

export const PIN_TONE: Readonly<Record<PinState, Tone>> = {
  "not-set": "quiet",
  ok: "good",
  "to-be-changed": "care",
  low: "care",
  "final-try": "bad",
  locked: "bad",
};

export const LOGIN_TONE: Readonly<Record<TokenView["loggedIn"], Tone>> = { user: "good", so: "care", nobody: "quiet" };

export const MODULE_TONE: Readonly<Record<TokenModuleView["state"], Tone>> = {
  running: "good",
  crashed: "bad",
  hung: "bad",
  failed: "bad",
  closed: "quiet",
};

export const INSTANCE_TONE: Readonly<Record<NonNullable<TokenView["instance"]>["status"], Tone>> = {
  "to-be-activated": "waiting",
  running: "good",
  failed: "bad",
  removed: "quiet",
};

export const STEP_TONE: Readonly<Record<WizardStep["state"], Tone>> = {
  done: "good",
  failed: "bad",
  "not-reached": "waiting",
};

/** How a token is called: its label, else its serial, else what the caller says of one that has neither. */
export function tokenName(token: Pick<TokenView, "label" | "serial">, nameless: string): string {
  return token.label.trim() || token.serial.trim() || nameless;
}

/** What main wants typed before it erases a token (C17): its label, for a fresh one its serial, without that the word `empty`. */
export function confirmWord(token: Pick<TokenView, "initialized" | "label" | "serial">): string {
  const label = token.label.trim();
  if (token.initialized && label !== "") return label;
  return token.serial.trim() || "empty";
}

/** What main wants typed before it deletes an object. */
export function deletionWord(object: Pick<TokenObject, "label" | "keyId">): string {
  return object.label === "" ? object.keyId : object.label;
}

export function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

export const LABEL_BYTES = 32;

/** The contract's rule for a token's label, once more without its schema library; `undefined` when the label keeps to it. */
export function brokenLabelRule(label: string): "empty" | "controls" | "spaces" | "long" | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what must not be in it
  const controls = /[\u0000-\u001f\u007f-\u009f]/;
  if (label === "") return "empty";
  if (controls.test(label)) return "controls";
  if (label.trim() !== label) return "spaces";
  return byteLength(label) > LABEL_BYTES ? "long" : undefined;
}

/** A PIN may be tried only where there is one, on the token itself and not on its reader. */
export function canTakePin(token: TokenView): boolean {
  return token.present && token.initialized && !token.protectedPath;
}

/** Tokens that can hold keys now. */
export function usableTokens(tokens: readonly TokenView[]): readonly TokenView[] {
  return tokens.filter((token) => token.present && token.initialized);
}
