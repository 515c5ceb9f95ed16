import type { SecretBytes } from "#main/crypto/secret-bytes.ts";
import type { Header } from "./header.ts";
import { makePasswordSlot } from "./key-slot.ts";
import { openSlot, openWithToken, tokenNeeded } from "./open-slot.ts";
import { ownTokenSlots, ownTwoFactorSlots } from "./slot-changes.ts";
import type { Slot } from "./slot-shapes.ts";
import type { TokenQuestion } from "./token-questions.ts";
import type { TokenAnswered } from "./token-slot.ts";
import { rewrapTwoFactorSlot } from "./two-factor-slot.ts";
import type { UnlockFailures } from "./unlock-failures.ts";

export interface Passwords {
  readonly current: SecretBytes;
  readonly next: SecretBytes;
}

export interface TokenPin {
  readonly slotId: string;
  readonly pin: SecretBytes;
}

/** The PINs of the tokens that open the vault together with the password: only they can tell their part of a slot. */
export interface TokenPins {
  readonly pins: readonly TokenPin[];
  readonly acceptFinalTry: boolean;
}

/** What has to be asked before a password can be changed. Errors: vault/token-needed, tokens/not-administrator. */
export function questionsFor(header: Header, userId: string, tokens: TokenPins): readonly TokenQuestion[] {
  const { pins, acceptFinalTry } = tokens;
  for (const { slotId } of pins) ownTokenSlots(header, userId, slotId);
  return ownTwoFactorSlots(header, userId).map((slot) => {
    const given = pins.find(({ slotId }) => slotId === slot.id);
    if (given === undefined) throw tokenNeeded([slot]);
    return { slots: [slot], pin: given.pin, acceptFinalTry };
  });
}

/** The slot behind the new password, if it is behind the old one; the keys inside stay. Errors: those of opening it. */
export async function renewSlot(
  failures: UnlockFailures,
  vaultId: string,
  slot: Slot,
  { current, next }: Passwords,
  told: readonly TokenAnswered[],
): Promise<Slot> {
  if (slot.kind === "token") return slot;
  if (slot.kind === "password") {
    const keys = await openSlot(failures, vaultId, slot, current);
    using _root = keys.root;
    using _user = keys.user;
    return await makePasswordSlot({ vaultId, userId: slot.userId, userName: slot.userName }, keys, next);
  }
  const secret = told.find((answer) => answer.slot.id === slot.id)?.secret;
  // Registered between the question and now.
  if (secret === undefined) throw tokenNeeded([slot]);
  const keys = await openWithToken(failures, vaultId, slot, { secret, password: current });
  using _root = keys.root;
  using _user = keys.user;
  return await rewrapTwoFactorSlot(vaultId, slot, keys, { password: next, secret });
}
