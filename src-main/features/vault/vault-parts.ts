import type { Caller } from "#main/dispatch/caller.ts";
import { freshConfirmation } from "#main/dispatch/confirmation.ts";
import type { PublicCall, Resource, Session } from "#main/dispatch/handlers.ts";
import type { Sessions } from "#main/dispatch/sessions.ts";
import type { Permissions } from "#main/features/access/index.ts";
import type { VaultKeeper } from "./keeper.ts";
import type { VaultUser } from "./keeper-parts.ts";

/** What the vault's own operations work with. */
export interface VaultParts {
  readonly keeper: VaultKeeper;
  readonly sessions: Sessions;
  readonly permissions: Permissions;
  /** After an unlock or creation is durable. */
  readonly onUnlocked: () => void | Promise<void>;
}

/** Opens the session of a user who has just given the password; that counts as a confirmation. */
export async function welcome(
  parts: VaultParts,
  user: VaultUser,
  call: Pick<PublicCall, "clock"> & { readonly caller: Caller },
): Promise<Session> {
  const session: Session = { ...user, openedAt: call.clock.now(), ...freshConfirmation(call.clock) };
  const open = parts.keeper.open;
  if (open !== undefined) await parts.permissions.load(open.read, user.userId);
  parts.sessions.open(call.caller, session);
  return session;
}

export function vaultResource(keeper: VaultKeeper, name: string): Resource {
  return { type: "vault", id: keeper.open?.vaultId ?? "", name };
}
