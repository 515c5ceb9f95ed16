import { SecretBytes } from "./secret-bytes.ts";

/**
 * A PIN as it goes to the token, from wherever it was typed: a PIN is bytes, so the text is composed (NFC) and encoded as UTF-8,
 * on every system the same (C22). Keyboards of two systems may type one letter as one character or as two.
 */
export function encodePin(pin: string): SecretBytes {
  return SecretBytes.fromText(pin.normalize("NFC"));
}
