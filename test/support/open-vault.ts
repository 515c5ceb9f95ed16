import { systemClock } from "#main/clock.ts";
import { SecretBytes } from "#main/crypto/secret-bytes.ts";
import { type OpenVault, VaultKeeper } from "#main/features/vault/index.ts";

/** Opens a locked vault with its own keys and no application round it, and locks it again. */
export async function withOpenVault<T>(
  folder: string,
  passwordText: string,
  work: (vault: OpenVault) => Promise<T>,
): Promise<T> {
  const keeper = new VaultKeeper({
    folder,
    clock: systemClock,
    door: "test",
    tokenSlots: { openTokenSlot: () => Promise.reject(new Error("opened with the password")) },
    beforeLock: async () => undefined,
    onLocked: () => undefined,
  });
  using password = SecretBytes.fromText(passwordText);
  await keeper.unlock(undefined, password);
  try {
    if (keeper.open === undefined) throw new Error("unlocked just now");
    return await work(keeper.open);
  } finally {
    await keeper.lock("closing");
  }
}
