import type { ModuleWatch } from "./module-watch.ts";
import { tokenIdsOf } from "./token-identity.ts";
import type { SlotInfo, TokenInfo, TokenModule } from "./token-port.ts";

/** A token that is in, as the last look saw it. */
export interface PresentToken {
  readonly id: string;
  readonly watch: ModuleWatch;
  readonly slot: SlotInfo;
  readonly info: TokenInfo;
}

/** A token somebody works on: the slot is the one it is in now. */
export interface TokenInUse extends PresentToken {
  readonly module: TokenModule;
}

/** Errors: those of starting its library. */
export async function inUse(token: PresentToken): Promise<TokenInUse> {
  return { ...token, module: await token.watch.module() };
}

/** By the picture it was made of: an id costs several digests, and every use of a token asks for all that are in. */
const presentAsSeen = new WeakMap<readonly SlotInfo[], readonly PresentToken[]>();

/** The tokens of one library, as last seen. */
export function presentIn(watch: ModuleWatch): readonly PresentToken[] {
  let present = presentAsSeen.get(watch.slots);
  if (present === undefined) {
    present = tokensIn(watch);
    presentAsSeen.set(watch.slots, present);
  }
  return present;
}

function tokensIn(watch: ModuleWatch): readonly PresentToken[] {
  const slots = watch.slots.filter((slot): slot is SlotInfo & { token: TokenInfo } => slot.token !== undefined);
  const ids = tokenIdsOf(
    watch.row.path,
    slots.map((slot) => slot.token),
  );
  return slots.map((slot, index) => ({ id: ids[index] ?? "", watch, slot, info: slot.token }));
}
