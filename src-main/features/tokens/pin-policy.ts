import { KeysteadError } from "#shared/errors/keystead-error.ts";

export { encodePin } from "#main/crypto/encode-pin.ts";

/** As the token tells them, in bytes (C22). */
export interface PinLimits {
  readonly minPinLength: number;
  readonly maxPinLength: number;
}

/** Longer than any token takes; some say 2^64 - 1 for "no limit". */
const MOST_BYTES = 255;

export type PinWarning = "not-ascii" | "one-character" | "sequence" | "same-as-other";

/** The limits that hold: nonsense such as a maximum of 0 is taken as "not told". */
export function usableLimits(limits: PinLimits): { readonly min: number; readonly max: number } {
  const { minPinLength: min, maxPinLength: max } = limits;
  const most = max >= 1 && max <= MOST_BYTES ? max : MOST_BYTES;
  return { min: min >= 1 && min <= most ? min : 1, max: most };
}

/**
 * Judges a PIN to be set, before the token sees it. Errors: pin-length, pin-refused. Answers what to warn of; `other` is the
 * token's other PIN where it is at hand.
 */
export function judgeNewPin(pin: string, limits: PinLimits, other?: string): readonly PinWarning[] {
  const { min, max } = usableLimits(limits);
  const text = pin.normalize("NFC");
  const bytes = Buffer.byteLength(text);
  if (bytes < min || bytes > max) {
    // PIV cards take 8 bytes at most, and tools that set longer ones have locked their owners out (C22).
    const accents = bytes > [...text].length ? " Letters beyond a-z take two to four bytes each." : "";
    const message = `A PIN of this token must be ${min} to ${max} bytes long.${accents} Choose another one.`;
    throw new KeysteadError("tokens/pin-length", message, { min, max });
  }
  if (/\p{Cc}/u.test(text) || !text.isWellFormed()) {
    throw new KeysteadError(
      "tokens/pin-refused",
      "The PIN holds a control character or half a character, which a token may cut off. Type it again.",
    );
  }
  return warningsFor(text, other?.normalize("NFC"));
}

function warningsFor(text: string, other: string | undefined): PinWarning[] {
  const warnings: PinWarning[] = [];
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range is ASCII's
  if (!/^[\x00-\x7f]*$/.test(text)) warnings.push("not-ascii");
  const codes = [...text].map((character) => character.codePointAt(0) ?? 0);
  const steps = codes.slice(1).map((code, index) => code - (codes[index] ?? 0));
  if (codes.length > 1 && steps.every((step) => step === 0)) warnings.push("one-character");
  if (codes.length > 2 && (steps.every((step) => step === 1) || steps.every((step) => step === -1))) {
    warnings.push("sequence");
  }
  if (other !== undefined && text === other) warnings.push("same-as-other");
  return warnings;
}

export const PIN_WARNINGS: Readonly<Record<PinWarning, string>> = {
  "not-ascii":
    "The PIN holds letters beyond ASCII. Other programs may encode them otherwise and then count a wrong PIN.",
  "one-character": "The PIN is one character repeated, which is guessed first.",
  sequence: "The PIN is a plain sequence, which is guessed first.",
  "same-as-other": "User PIN and security officer's PIN are the same: whoever uses the token can also reset it.",
};
