import type { HandlerTable } from "#main/dispatch/handlers.ts";
import { acceptRollback } from "./accept-rollback.ts";
import { changedMinutes } from "./auto-lock-minutes.ts";
import { changePassword } from "./change-password.ts";
import { confirm, confirmWithToken } from "./confirm-identity.ts";
import { createVault } from "./create-vault.ts";
import { readPreferences } from "./preference-rows.ts";
import { requireSecondFactor } from "./require-second-factor.ts";
import { setPreferences } from "./set-preferences.ts";
import { readSettings, writeSettings } from "./settings-rows.ts";
import { unlockVault, unlockWithToken } from "./unlock-vault.ts";
import { type VaultParts, vaultResource } from "./vault-parts.ts";
import { vaultStatus } from "./vault-status.ts";

export { VaultKeeper } from "./keeper.ts";
export type { LockReason } from "./keeper-parts.ts";
export type { SlotKeys } from "./key-slot.ts";
export type { OpenVault, Place } from "./open-vault.ts";
export { assertTokenMayGo } from "./slot-changes.ts";
export { hasToken, isPasswordSlot, isTwoFactorSlot, type SlotWithToken, type TokenAnswer } from "./slot-shapes.ts";
export { makeTokenSlot, openTokenSlot, type TokenPlace, type TokenSlotOpener } from "./token-slot.ts";
export { makeTwoFactorSlot, openTwoFactorSlot } from "./two-factor-slot.ts";

export function vaultHandlers(parts: VaultParts): HandlerTable["vault"] {
  const { keeper } = parts;
  return {
    status: async (_params, call) => ({ result: await vaultStatus(keeper, call) }),
    create: createVault(parts),
    unlock: unlockVault(parts),
    unlockWithToken: unlockWithToken(parts),
    lock: async () => ({ result: {}, resource: vaultResource(keeper, ""), afterwards: () => keeper.lock("asked") }),
    confirm: confirm(parts),
    confirmWithToken: confirmWithToken(parts),
    changePassword: changePassword(parts),
    requireSecondFactor: requireSecondFactor(parts),
    acceptRollback: acceptRollback(parts),
    settings: async (_params, call) => ({ result: await readSettings(call.vault.read) }),
    updateSettings: async (params, call) => {
      const given = Object.fromEntries(Object.entries(params).filter(([, value]) => value !== undefined));
      let settings = changedMinutes(await readSettings(call.vault.read), given);
      return {
        result: settings,
        resource: vaultResource(keeper, settings.vaultName),
        change: async (tx) => {
          // From what stands there now: another call may have changed what this one was not asked to.
          settings = changedMinutes(await readSettings(tx), given);
          await writeSettings(tx, settings);
        },
        afterwards: () => keeper.applySettings(settings),
        changed: ["vault"],
      };
    },
    preferences: async (_params, call) => ({
      result: await readPreferences(call.vault.read, call.session.userId),
    }),
    setPreferences,
    keepAlive: async (_params, call) => ({ result: await vaultStatus(keeper, call) }),
  };
}
