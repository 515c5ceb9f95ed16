export type PinHint = "not-ascii" | "one-character" | "sequence";

/** Bytes, as the token counts them: composed and encoded as main sends it (C22). */
export function pinBytes(pin: string): number {
  return new TextEncoder().encode(pin.normalize("NFC")).length;
}

/** Longer than any token takes; some say 2^64 - 1 for "no limit", some 0 for "not told". */
const MOST_BYTES = 255;

export function pinLimits(token: { readonly minLength: number; readonly maxLength: number }): {
  readonly min: number;
  readonly max: number;
} {
  const { minLength, maxLength } = token;
  const max = maxLength >= 1 && maxLength <= MOST_BYTES ? maxLength : MOST_BYTES;
  return { min: minLength >= 1 && minLength <= max ? minLength : 1, max };
}

/** What speaks against a PIN that is allowed all the same. */
export function pinHints(pin: string): readonly PinHint[] {
  const codes = [...pin].map((character) => character.codePointAt(0) ?? 0);
  const steps = codes.slice(1).map((code, index) => code - (codes[index] ?? 0));
  const hints: PinHint[] = [];
  if (codes.some((code) => code > 0x7f)) hints.push("not-ascii");
  if (codes.length > 1 && steps.every((step) => step === 0)) hints.push("one-character");
  if (codes.length > 2 && (steps.every((step) => step === 1) || steps.every((step) => step === -1)))
    hints.push("sequence");
  return hints;
}
