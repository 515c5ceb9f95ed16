import type { SecretBytes } from "#main/crypto/secret-bytes.ts";
import { isKeysteadError, KeysteadError } from "#shared/errors/keystead-error.ts";
import type { PasswordSlot } from "./header.ts";
import { openPasswordSlot, type SlotKeys } from "./key-slot.ts";
import type { UnlockFailures } from "./unlock-failures.ts";

/** Tries a password, and counts the try. Error: `vault/wrong-password`. */
export async function openSlot(
  failures: UnlockFailures,
  vaultId: string,
  slot: PasswordSlot,
  password: SecretBytes,
): Promise<SlotKeys> {
  try {
    const keys = await openPasswordSlot(vaultId, slot, password);
    failures.rightPassword();
    return keys;
  } catch (error) {
    if (isKeysteadError(error) && error.code === "vault/wrong-password") failures.wrongPassword();
    throw error;
  }
}

/** A name nobody has counts as a wrong password: guessing names costs time too. */
export function noSuchUser(failures: UnlockFailures): KeysteadError {
  failures.wrongPassword();
  return new KeysteadError(
    "vault/wrong-password",
    "No user of this vault has that name and password. Check both and try again.",
  );
}
