import { z } from "zod";
import type { JobMemory } from "#main/features/jobs/index.ts";

/** sshd's file before and after, and the token of the timer that would put it back. */
const sshdEdit = z.object({
  path: z.string(),
  mainPath: z.string(),
  /** Base64; absent when there was no file. */
  before: z.string().optional(),
  /** Mode of the file before, so that one put back is dressed as it was. */
  beforeMode: z.int().optional(),
  /** `absent` when the file was taken away. */
  digestAfter: z.string(),
  token: z.string(),
  connection: z.object({ ourAddress: z.string(), serverAddress: z.string(), serverPort: z.number() }),
  users: z.array(z.string()),
});
export type SshdEdit = z.infer<typeof sshdEdit>;

/** What a task that changes sshd's configuration remembers of it. */
export const switchMemory = z.object({ sshdEdit: sshdEdit.optional() });
export type SwitchMemory = z.infer<typeof switchMemory>;

export function readSwitchMemory(memory: JobMemory): SwitchMemory {
  return switchMemory.parse(memory);
}
