import { randomBytes } from "#main/crypto/random.ts";

/** An unpredictable name beside the file that is replaced (B7). */
export function temporaryName(): string {
  return `.keystead-${randomBytes(8).toString("hex")}`;
}
