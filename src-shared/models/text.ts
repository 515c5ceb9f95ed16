import { z } from "zod";
import { LIMITS } from "../limits.ts";
import { hasControlCharacters, isName } from "../text-rules.ts";

const plain = (text: string) => !hasControlCharacters(text);
const plainMessage = "must not contain control characters";

export const id = z
  .string()
  .min(1)
  .max(LIMITS.idMax)
  .regex(/^[A-Za-z0-9_-]+$/, "must be an identifier");

/**
 * A name people choose: `isName` with a sentence for each way to miss it. In form C, so that one name is one text whatever
 * keyboard wrote it.
 */
export const name = z
  .string()
  .normalize("NFC")
  .min(1)
  .max(LIMITS.nameMax)
  .refine(plain, plainMessage)
  .refine(isName, "must not begin or end with a space");

/** Why somebody did something out of the ordinary; for whoever reads the traces. */
export const reason = z
  .string()
  .min(1)
  .max(LIMITS.descriptionMax)
  .refine(plain, plainMessage)
  .refine((text) => text.trim() !== "", "must say why");

/** A password or passphrase as it comes in: any characters, bounded. New ones are judged by `newPassword`. */
export const password = z.string().min(1).max(LIMITS.passwordMax);

/** Without controls: a file's spare blank line would make a password that nobody can type, in no field and at no prompt. */
export const newPassword = z
  .string()
  .min(LIMITS.passwordMin, `must have at least ${LIMITS.passwordMin} characters`)
  .max(LIMITS.passwordMax)
  .refine(plain, "must not contain line breaks or other control characters, which cannot be typed");

/** Milliseconds since 1970-01-01T00:00:00Z. */
export const time = z.int().nonnegative();

export const nothing = z.strictObject({});
