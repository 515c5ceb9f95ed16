import { z } from "zod";
import type { JobMemory } from "#main/features/jobs/index.ts";
import { switchMemory } from "../steps/switch-memory.ts";

/** What the officer asked for; kept with the task. */
export const bindParams = z.object({ disablePasswordLogin: z.boolean(), acceptLinkTo: z.string().optional() });
export type BindParams = { readonly disablePasswordLogin: boolean; readonly acceptLinkTo?: string | undefined };

/** The keys file before and after our line, so that exactly that can be taken back (B22). */
const keysEdit = z.object({
  path: z.string(),
  /** The key of our line, base64 of its blob: an undo must work when the key pair is gone from the vault. */
  type: z.string(),
  blob: z.string(),
  /** Base64; absent when there was no file. */
  before: z.string().optional(),
  digestAfter: z.string(),
  /**
   * The file beside it that the new bytes are written to. An undo takes it away first: over SFTP nothing on the server clears it
   * away for us, and a script that goes on behind our back could still rename it.
   */
  temporary: z.string().optional(),
  /** We made the folder too, so an undo that leaves it empty takes it away. */
  madeFolder: z.boolean(),
});
const bindMemory = switchMemory.extend({
  keysEdit: keysEdit.optional(),
  /** A login with the key has worked: from then on a lost connection may come back by key. */
  keyProved: z.boolean().optional(),
});
export type BindMemory = z.infer<typeof bindMemory>;

export function readMemory(memory: JobMemory): BindMemory {
  return bindMemory.parse(memory);
}
