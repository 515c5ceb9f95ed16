import { expect, it } from "vitest";
import type { Caller } from "#main/dispatch/caller.ts";
import { Sessions } from "#main/dispatch/sessions.ts";
import { Permissions } from "#main/features/access/index.ts";
import { VaultKeeper } from "#main/features/vault/index.ts";
import { unlockVault } from "#main/features/vault/unlock-vault.ts";
import { OWNER, TestFolder, vaultTemplate } from "#test/support/kernel.ts";
import { ManualClock } from "#test/support/manual-clock.ts";

it("V02 an unlock that a lock overtakes leaves no session for the next time the vault is open", async () => {
  using folder = new TestFolder("overtaken");
  const path = (await vaultTemplate(folder))("vault");
  const clock = new ManualClock();
  const sessions = new Sessions();
  const caller: Caller = { id: "tab", door: "browser" };
  const keeper = new VaultKeeper({
    folder: path,
    clock,
    door: "test",
    tokenSlots: { openTokenSlot: () => Promise.reject(new TypeError("no token here")) },
    beforeLock: async () => undefined,
    onLocked: () => sessions.endAll(),
  });
  // The session is opened after the lock has ended all there were: so late can the database's answer be.
  const permissions = new Permissions();
  const load = permissions.load.bind(permissions);
  permissions.load = async (...args) => {
    await load(...args);
    await keeper.lock("idle");
  };
  const unlock = unlockVault({ keeper, sessions, permissions, onUnlocked: () => undefined });
  const params = { userName: OWNER.userName, password: OWNER.password };
  const outcome = await unlock(params, {
    caller,
    clock,
    session: undefined,
    vault: undefined,
    settled: Promise.resolve(),
  });
  // It cannot be traced in a locked vault, so the dispatcher takes it back.
  await outcome.undo?.();
  expect(sessions.of(caller)).toBeUndefined();
});
