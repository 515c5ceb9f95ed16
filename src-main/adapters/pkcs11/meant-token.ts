import type { TokenAt, TokenMarks } from "#main/features/tokens/token-port.ts";
import type { LoadedModule } from "./loaded-module.ts";
import { ModuleFailure } from "./module-failure.ts";
import { slotBuffer } from "./native-values.ts";
import { readToken, tokenInfo } from "./slot-calls.ts";

const MARKS: readonly (keyof TokenMarks)[] = ["serial", "label", "model", "manufacturer"];

/**
 * Right before C_InitToken, and before each call that carries a PIN, in the same turn of the process: no other call, and hardly a
 * hand, comes in between. Whoever asked has named a token, and the slot may hold another one by now (C29).
 */
export function assertMeant(loaded: LoadedModule, { slotId, marks }: TokenAt): void {
  const slot = slotBuffer(slotId);
  // Unreadable with and without a session: its own answer says why.
  const now = readToken(loaded, slot) ?? tokenInfo(loaded, slot);
  if (MARKS.every((mark) => now[mark] === marks[mark])) return;
  // What the token that was here had open went with it (C32).
  loaded.sessions.closeAll(slotId);
  throw new ModuleFailure({ nature: "swapped" });
}
