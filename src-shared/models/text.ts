import { z } from "zod";
import { LIMITS } from "../limits.ts";

/**
 * True when `text` holds a C0 or C1 control character, a bidirectional override that could disguise a name, or half a
 * surrogate pair, which no file or database would give back as it was.
 */
export function hasControlCharacters(text: string): boolean {
  return /[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u.test(text);
}

const plain = (text: string) => !hasControlCharacters(text);
const plainMessage = "must not contain control characters";

export const id = z
  .string()
  .min(1)
  .max(LIMITS.idMax)
  .regex(/^[A-Za-z0-9_-]+$/, "must be an identifier");

/** A name people choose for a key pair, a server, a user: any script, no controls, no blanks at the ends. */
export const name = z
  .string()
  .min(1)
  .max(LIMITS.nameMax)
  .refine(plain, plainMessage)
  .refine((text) => text.trim() === text, "must not begin or end with a space");

export const description = z.string().max(LIMITS.descriptionMax).refine(plain, plainMessage);

/** A password or passphrase as it comes in: any characters, bounded. New ones are judged by `newPassword`. */
export const password = z.string().min(1).max(LIMITS.passwordMax);

export const newPassword = z
  .string()
  .min(LIMITS.passwordMin, `must have at least ${LIMITS.passwordMin} characters`)
  .max(LIMITS.passwordMax);

/** Milliseconds since 1970-01-01T00:00:00Z. */
export const time = z.int().nonnegative();

export const nothing = z.strictObject({});
