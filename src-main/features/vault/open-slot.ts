import type { SecretBytes } from "#main/crypto/secret-bytes.ts";
import { isKeysteadError, KeysteadError } from "#shared/errors/keystead-error.ts";
import type { Header } from "./header.ts";
import { openPasswordSlot, type SlotKeys } from "./key-slot.ts";
import {
  hasToken,
  isPasswordSlot,
  isTwoFactorSlot,
  type PasswordSlot,
  type Slot,
  type SlotWithToken,
} from "./slot-shapes.ts";
import { openTokenSlot } from "./token-slot.ts";
import { openTwoFactorSlot } from "./two-factor-slot.ts";
import type { UnlockFailures } from "./unlock-failures.ts";

/** How somebody comes in: which slot of a header is meant, and what opens it. Both throw what the person is told. */
export interface WayIn<S extends Slot> {
  slotIn(header: Header): S;
  open(vaultId: string, slot: S): Promise<SlotKeys>;
}

/** Without a name it is the first user who has a password. Errors: vault/wrong-password; vault/token-needed of `slotIn`. */
export function wayByPassword(
  failures: UnlockFailures,
  userName: string | undefined,
  password: SecretBytes,
): WayIn<PasswordSlot> {
  return {
    slotIn({ slots }) {
      const meant = slots.filter((slot) => userName === undefined || slot.userName.normalize("NFC") === userName);
      const slot = meant.find(isPasswordSlot);
      if (slot !== undefined) return slot;
      const tokens = meant.filter(hasToken);
      // With tokens nothing was guessed: whoever can ask can also read in the header who comes in by what.
      throw tokens.length === 0 ? noSuchUser(failures) : tokenNeeded(tokens);
    },
    open: (vaultId, slot) => openSlot(failures, vaultId, slot, password),
  };
}

/** What the token has told, and the password where it was given. */
export interface TokenFactors {
  readonly secret: SecretBytes;
  readonly password: SecretBytes | undefined;
}

/** With what the token has told. Errors: tokens/not-administrator, and those of `openWithToken`. */
export function wayByToken(failures: UnlockFailures, slotId: string, factors: TokenFactors): WayIn<SlotWithToken> {
  return {
    slotIn: (header) => tokenSlotsIn(header, slotId)[0],
    open: (vaultId, slot) => openWithToken(failures, vaultId, slot, factors),
  };
}

/** The slot named, or every slot with a token. Error: `tokens/not-administrator` when there is none. */
export function tokenSlotsIn(header: Header, slotId: string | undefined): readonly [SlotWithToken, ...SlotWithToken[]] {
  const [first, ...rest] = header.slots.filter(hasToken).filter((slot) => slotId === undefined || slot.id === slotId);
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
export function openSlot(
  failures: UnlockFailures,
  vaultId: string,
  slot: PasswordSlot,
  password: SecretBytes,
): Promise<SlotKeys> {
  return counted(failures, slot, () => openPasswordSlot(vaultId, slot, password));
}

/**
 * Tries what a token has told, with the password where the slot wants it, and counts a wrong one: the right PIN must not give a
 * guesser of passwords new free tries. Errors: tokens/challenge-failed, vault/password-needed, vault/wrong-password.
 */
export function openWithToken(
  failures: UnlockFailures,
  vaultId: string,
  slot: SlotWithToken,
  { secret, password }: TokenFactors,
): Promise<SlotKeys> {
  return counted(failures, slot, async () => {
    if (slot.kind === "token") return openTokenSlot(vaultId, slot, secret);
    if (password === undefined) throw passwordNeeded(slot);
    return openTwoFactorSlot(vaultId, slot, { password, secret });
  });
}

async function counted(failures: UnlockFailures, { userId }: Slot, open: () => Promise<SlotKeys>): Promise<SlotKeys> {
  try {
    const keys = await open();
    failures.rightPassword(userId);
    return keys;
  } catch (error) {
    if (isKeysteadError(error) && error.code === "vault/wrong-password") failures.wrongPassword(userId);
    throw error;
  }
}

/** Before a token is asked, so that nobody spends a try on a PIN in vain. Error: `vault/password-needed`. */
export function assertPasswordGiven(slots: readonly SlotWithToken[], password: SecretBytes | undefined): void {
  const [first] = slots;
  if (password === undefined && first !== undefined && slots.every(isTwoFactorSlot)) throw passwordNeeded(first);
}

function passwordNeeded({ token, userName }: SlotWithToken): KeysteadError {
  return new KeysteadError(
    "vault/password-needed",
    `The token “${token.label}” opens this vault only together with the password of ${userName}. Give the password besides the PIN.`,
    { serial: token.serial, userName },
  );
}

/** For somebody whose password is not enough: says which token is. */
export function tokenNeeded(slots: readonly SlotWithToken[]): KeysteadError {
  const names = slots.map(({ token }) => `“${token.label}” (serial ${token.serial})`).join(" or ");
  const userName = slots[0]?.userName;
  const message = slots.some(isTwoFactorSlot)
    ? `The password of ${userName} opens this vault only together with the token ${names}. Insert it and give its PIN besides.`
    : `${userName} has no password for this vault, but the token ${names}. Insert it and give its PIN instead.`;
  return new KeysteadError("vault/token-needed", message, {
    serials: slots.map(({ token }) => token.serial),
    userName,
  });
}

/** A name nobody has counts as a wrong password: guessing names costs time too. */
function noSuchUser(failures: UnlockFailures): KeysteadError {
  failures.wrongPassword();
  return new KeysteadError(
    "vault/wrong-password",
    "No user of this vault has that name and password. Check both and try again.",
  );
}
