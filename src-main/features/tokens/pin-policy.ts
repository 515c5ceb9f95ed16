import { KeysteadError } from "#shared/errors/keystead-error.ts";

export { encodePin } from "#main/crypto/encode-pin.ts";

/** As the token tells them, in bytes (C22). */
export interface PinLimits {
  readonly minPinLength: number;
  readonly maxPinLength: number;
}

/** Longer than any token takes; some say 2^64 - 1 for "no limit". */
const MOST_BYTES = 255;

/** The limits that hold: nonsense such as a maximum of 0 is taken as "not told". */
export function usableLimits(limits: PinLimits): { readonly min: number; readonly max: number } {
  const { minPinLength: min, maxPinLength: max } = limits;
  const most = max >= 1 && max <= MOST_BYTES ? max : MOST_BYTES;
  return { min: min >= 1 && min <= most ? min : 1, max: most };
}

/** Judges a PIN to be set, before the token sees it; the console hints at weak ones. Errors: pin-length, pin-refused. */
export function assertSettablePin(pin: string, limits: PinLimits): void {
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
}
