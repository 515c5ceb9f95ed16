import { SecretBytes } from "#main/crypto/secret-bytes.ts";
import type { HandlerTable } from "#main/dispatch/handlers.ts";
import { LIMITS } from "#shared/limits.ts";
import { acceptRollback } from "./accept-rollback.ts";
import { changedMinutes } from "./auto-lock-minutes.ts";
import { createVault } from "./create-vault.ts";
import { assertPasswordStrength } from "./password-strength.ts";
import { readPreferences } from "./preference-rows.ts";
import { setPreferences } from "./set-preferences.ts";
import { readSettings, writeSettings } from "./settings-rows.ts";
import { unlockVault, unlockWithToken } from "./unlock-vault.ts";
import { type VaultParts, vaultResource } from "./vault-parts.ts";
import { vaultStatus } from "./vault-status.ts";

export { VaultKeeper } from "./keeper.ts";
export type { LockReason } from "./keeper-parts.ts";
export type { OpenVault, Place } from "./open-vault.ts";
export { isPasswordSlot, isTokenSlot, type TokenAnswer, type TokenSlot } from "./slot-shapes.ts";
export { makeTokenSlot, openTokenSlot, type TokenPlace, type TokenSlotOpener } from "./token-slot.ts";

export function vaultHandlers(parts: VaultParts): HandlerTable["vault"] {
  const { keeper } = parts;
  return {
    status: async (_params, call) => ({ result: await vaultStatus(keeper, call) }),
    create: createVault(parts),
    unlock: unlockVault(parts),
    unlockWithToken: unlockWithToken(parts),
    lock: async () => ({ result: {}, resource: vaultResource(keeper, ""), afterwards: () => keeper.lock("asked") }),
    confirm: async (params, call) => {
      using password = SecretBytes.fromText(params.password);
      await keeper.waysIn.checkPassword(call.session.userId, password);
      call.session.confirmedUntil = call.clock.now() + LIMITS.confirmationSeconds * 1000;
      return {
        result: await vaultStatus(keeper, call),
        resource: { type: "user", id: call.session.userId, name: call.session.userName },
        undo: () => {
          call.session.confirmedUntil = 0;
        },
      };
    },
    changePassword: async (params, call) => {
      assertPasswordStrength(params.newPassword, [call.session.userName]);
      using current = SecretBytes.fromText(params.currentPassword);
      using next = SecretBytes.fromText(params.newPassword);
      const change = await keeper.waysIn.changePassword(call.session.userId, current, next);
      return {
        result: {},
        resource: { type: "user", id: call.session.userId, name: call.session.userName },
        // The header is already replaced; a trace that cannot be written takes the change back.
        undo: change.takeBack,
        afterwards: change.keep,
      };
    },
    acceptRollback: acceptRollback(parts),
    settings: async (_params, call) => ({ result: await readSettings(call.vault.read) }),
    updateSettings: async (params, call) => {
      const given = Object.fromEntries(Object.entries(params).filter(([, value]) => value !== undefined));
      const settings = changedMinutes(await readSettings(call.vault.read), given);
      return {
        result: settings,
        resource: vaultResource(keeper, settings.vaultName),
        change: (tx) => writeSettings(tx, settings),
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
