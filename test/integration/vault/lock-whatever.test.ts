import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { deriveKey } from "#main/crypto/derive.ts";
import { randomId } from "#main/crypto/random.ts";
import { SecretBytes } from "#main/crypto/secret-bytes.ts";
import { replaceSlots } from "#main/features/vault/anchor.ts";
import { decodeHeader } from "#main/features/vault/header.ts";
import { type OpenVault, VaultKeeper } from "#main/features/vault/index.ts";
import { VaultFolder } from "#main/features/vault/vault-folder.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { OWNER, TestFolder, vaultTemplate } from "#test/support/kernel.ts";
import { ManualClock } from "#test/support/manual-clock.ts";
import { headerFile } from "#test/support/vault-files.ts";
import { slotKeysOf } from "#test/support/vault-keys.ts";

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

/** A disk that has taken the new file and fails to confirm it. */
class UnsureFolder extends VaultFolder {
  override writeHeader(bytes: Uint8Array): void {
    super.writeHeader(bytes);
    throw new KeysteadError("vault/disk-failed", "not confirmed");
  }
}

it("V01 leaves the old header when it is not sure that a new one is durable", async () => {
  const path = copy("unsure");
  const { header, keys } = await slotKeysOf(path, OWNER.password);
  const headerKey = deriveKey(keys.root, header.vaultId, "header");
  const [slot] = header.slots;
  if (slot === undefined) throw new TypeError("no slot");
  const vault = { header, headerKey } as OpenVault;
  const other = { ...slot, id: randomId() };
  expect(() => replaceSlots(new UnsureFolder(path), vault, [other])).toThrow("not confirmed");
  const stands = decodeHeader(readFileSync(headerFile(path))).header;
  expect(stands.slots).toEqual(header.slots);
  expect(vault.header).toEqual(stands);
  expect(readdirSync(path).filter((name) => name.endsWith(".tmp"))).toEqual([]);
});
