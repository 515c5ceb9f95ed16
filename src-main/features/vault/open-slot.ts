import type { SecretBytes } from "#main/crypto/secret-bytes.ts";
import { isKeysteadError, KeysteadError } from "#shared/errors/keystead-error.ts";
import type { Header } from "./header.ts";
import { openPasswordSlot, type SlotKeys } from "./key-slot.ts";
import { isPasswordSlot, isTokenSlot, type PasswordSlot, type Slot, type TokenSlot } from "./slot-shapes.ts";
import { openTokenSlot, type TokenSlotOpener } from "./token-slot.ts";
import type { UnlockFailures } from "./unlock-failures.ts";

/** How somebody comes in: which slot of a header is meant, and what opens it. Both throw what the person is told. */
export interface WayIn<S extends Slot> {
  slotIn(header: Header): S;
  open(vaultId: string, slot: S): Promise<SlotKeys>;
}

/** Without a name it is the first user who has a password. Error of both: `vault/wrong-password`. */
export function wayByPassword(
  failures: UnlockFailures,
  userName: string | undefined,
  password: SecretBytes,
): WayIn<PasswordSlot> {
  return {
    slotIn({ slots }) {
      const meant = (slot: PasswordSlot) => userName === undefined || slot.userName === userName;
      const slot = slots.filter(isPasswordSlot).find(meant);
      if (slot === undefined) throw noSuchUser(failures);
      return slot;
    },
    open: (vaultId, slot) => openSlot(failures, vaultId, slot, password),
  };
}

/** With what the token has told. Errors: tokens/not-administrator, tokens/challenge-failed. */
export function wayByToken(slotId: string, secret: SecretBytes): WayIn<TokenSlot> {
  return {
    slotIn: (header) => tokenSlotsIn(header, slotId)[0],
    open: async (vaultId, slot) => openTokenSlot(vaultId, slot, secret),
  };
}

/** The slot named, or every token slot. Error: `tokens/not-administrator` when there is none. */
export function tokenSlotsIn(header: Header, slotId: string | undefined): readonly [TokenSlot, ...TokenSlot[]] {
  const [first, ...rest] = header.slots
    .filter(isTokenSlot)
    .filter((slot) => slotId === undefined || slot.id === slotId);
  if (first !== undefined) return [first, ...rest];
  throw new KeysteadError(
    "tokens/not-administrator",
    slotId === undefined
      ? "No token is registered to open this vault. Unlock with a password and register one first."
      : "No token is registered under this id any more. Unlock with another token or a password.",
    slotId === undefined ? {} : { slotId },
  );
}

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

/** Asks the token, and counts a wrong PIN: some tokens never lock (C14), so the wait is what slows a guesser down. */
export async function askToken(
  failures: UnlockFailures,
  opener: TokenSlotOpener,
  slots: readonly TokenSlot[],
  pin: SecretBytes,
  options: { readonly acceptFinalTry: boolean },
): Promise<{ readonly slot: TokenSlot; readonly secret: SecretBytes }> {
  try {
    const answer = await opener.openTokenSlot(slots, pin, options);
    failures.rightPassword();
    return answer;
  } catch (error) {
    if (isKeysteadError(error) && error.code === "tokens/pin-incorrect") failures.wrongPassword();
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
