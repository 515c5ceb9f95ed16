import type { PrivateParts } from "../private-key.ts";
import type { SecretBytes } from "../secret-bytes.ts";

/** What a format's reader yields; the caller wipes `parts`. */
export interface ReadKey {
  readonly parts: PrivateParts;
  readonly comment?: string;
}

/** `undefined` when none was given; an empty one counts as none. */
export type Passphrase = SecretBytes | undefined;
