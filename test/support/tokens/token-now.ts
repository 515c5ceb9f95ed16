import { tokenAt } from "#main/features/tokens/token-identity.ts";
import type { TokenAt, TokenModule } from "#main/features/tokens/token-port.ts";

/** The token that is in this slot now. */
export async function at(module: TokenModule, slotId: string): Promise<TokenAt> {
  const slot = (await module.slots()).find((each) => each.slotId === slotId);
  if (!slot?.token) throw new Error(`no token in slot ${slotId}`);
  return tokenAt({ slot, info: slot.token });
}
