import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { SecretBytes } from "#main/crypto/secret-bytes.ts";
import { VaultKeeper } from "#main/features/vault/index.ts";
import { OWNER, TestFolder, vaultTemplate } from "#test/support/kernel.ts";
import { ManualClock } from "#test/support/manual-clock.ts";

const folder = new TestFolder("lock-whatever");
let copy: (name: string) => string;
beforeAll(async () => {
  copy = await vaultTemplate(folder);
});
afterAll(() => folder[Symbol.dispose]());

it("V02 locks, drops the keys and gives the hold back when the database will not close", async () => {
  const told = vi.spyOn(console, "error").mockImplementation(() => undefined);
  const locked: string[] = [];
  const keeper = new VaultKeeper({
    folder: copy("busy"),
    clock: new ManualClock(),
    door: "test",
    tokenSlots: { openTokenSlot: () => Promise.reject(new TypeError("no token here")) },
    beforeLock: async () => undefined,
    onLocked: (reason) => locked.push(reason),
  });
  using password = SecretBytes.fromText(OWNER.password);
  await keeper.unlock(OWNER.userName, password);
  const vault = keeper.open;
  // A walk that nobody ends: SQLite refuses to close under it.
  const walk = vault?.db.rows("SELECT sequence FROM traces", []);
  walk?.next();
  await keeper.lock("asked");
  expect(locked).toEqual(["asked"]);
  expect(vault?.headerKey.disposed).toBe(true);
  expect(told).toHaveBeenCalled();
  walk?.return?.();
  told.mockRestore();
});
