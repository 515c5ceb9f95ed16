import { currentHolder } from "#main/database/hold.ts";
import type { PublicCall, Session } from "#main/dispatch/handlers.ts";
import type { TokenWay, VaultStatus } from "#shared/models/vault.ts";
import { decodeHeader } from "./header.ts";
import type { VaultKeeper } from "./keeper.ts";
import type { OpenVault } from "./open-vault.ts";
import { readSettings } from "./settings-rows.ts";
import { ownPasswordSlot } from "./slot-changes.ts";
import { hasToken, isPasswordSlot, isTwoFactorSlot, type Slot } from "./slot-shapes.ts";

/** What anybody at a door may know. The vault's name and warnings only once somebody has a session. */
export async function vaultStatus(keeper: VaultKeeper, call: Pick<PublicCall, "session">): Promise<VaultStatus> {
  const folder = keeper.folder.path;
  const open = keeper.open;
  if (open !== undefined) return unlockedStatus(keeper, open, call.session);
  if (!keeper.folder.exists() && !keeper.folder.hasDatabase()) return { state: "absent", folder };
  const { header } = decodeHeader(keeper.folder.readHeader());
  const heldBy = currentHolder(folder);
  const users = [...new Set(header.slots.map((slot) => slot.userName))];
  const tokens = tokenWays(header.slots);
  const held = heldBy === undefined ? {} : { heldBy };
  const passwordUsers = whoNeedsNoToken(header.slots);
  return { state: "locked", folder, vaultId: header.vaultId, users, passwordUsers, tokens, ...held };
}

async function unlockedStatus(
  keeper: VaultKeeper,
  open: OpenVault,
  session: Session | undefined,
): Promise<VaultStatus> {
  const known = session === undefined ? { vaultName: "" } : await readSettings(open.read);
  return {
    state: "unlocked",
    folder: keeper.folder.path,
    vaultId: open.vaultId,
    vaultName: known.vaultName,
    passwordUsers: whoNeedsNoToken(open.header.slots),
    tokens: tokenWays(open.header.slots),
    ...(session === undefined
      ? {}
      : {
          session: {
            userId: session.userId,
            userName: session.userName,
            openedAt: session.openedAt,
            confirmedUntil: session.confirmedUntil,
            passwordAlone: ownPasswordSlot(open.header, session.userId) !== undefined,
            tokens: tokenWays(open.header.slots.filter((slot) => slot.userId === session.userId)),
          },
        }),
    autoLockMinutes: keeper.autoLock.minutes,
    locksAt: keeper.autoLock.locksAt,
    warnings: session === undefined ? [] : open.warnings,
  };
}

function whoNeedsNoToken(slots: readonly Slot[]): string[] {
  return slots.filter(isPasswordSlot).map((slot) => slot.userName);
}

function tokenWays(slots: readonly Slot[]): TokenWay[] {
  return slots.filter(hasToken).map((slot) => {
    const { label, serial } = slot.token;
    return { slotId: slot.id, userName: slot.userName, label, serial, needsPassword: isTwoFactorSlot(slot) };
  });
}
