import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { HEADER_MAX_BYTES, type Header } from "./header.ts";
import {
  hasToken,
  isPasswordSlot,
  isTwoFactorSlot,
  SLOTS_MAX,
  type Slot,
  type SlotWithToken,
  type TwoFactorSlot,
} from "./slot-shapes.ts";

/** What the header's other fields, its seals and its indentation take at most. */
const BESIDE_SLOTS_BYTES = 8_192;

/** Error: `tokens/not-permitted`. */
export function assertRoomFor(header: Header, slot: Slot): void {
  const slots = [...header.slots, slot];
  const bytes = Buffer.byteLength(JSON.stringify(slots, null, 4));
  if (slots.length <= SLOTS_MAX && bytes + BESIDE_SLOTS_BYTES <= HEADER_MAX_BYTES) return;
  throw new KeysteadError(
    "tokens/not-permitted",
    `This vault has ${header.slots.length} ways in already, and its header holds no more. Remove a token that is not needed first.`,
    { slots: header.slots.length },
  );
}

/** What is printed on a token (C29). */
type Marks = Pick<SlotWithToken["token"], "manufacturer" | "model" | "serial">;

const isOn =
  ({ manufacturer, model, serial }: Marks) =>
  ({ token }: SlotWithToken): boolean =>
    token.manufacturer === manufacturer && token.model === model && token.serial === serial;

/** Before a token is erased. Error: `tokens/last-way-in` when somebody comes in by it and by nothing else. */
export function assertTokenMayGo({ slots }: Pick<Header, "slots">, token: Marks): void {
  const on = isOn(token);
  assertWaysIn(
    slots,
    slots.filter((slot) => !hasToken(slot) || !on(slot)),
  );
}

/**
 * A token that opens the vault alone would make the password beside it protect nothing, and nobody could tell from the token
 * which of its two slots is meant. Error: `tokens/not-permitted`.
 */
export function assertOneMode(header: Header, slot: SlotWithToken): void {
  const other = header.slots
    .filter(hasToken)
    .filter((each) => each.userId === slot.userId && each.kind !== slot.kind)
    .find(isOn(slot.token));
  if (other === undefined) return;
  throw new KeysteadError(
    "tokens/not-permitted",
    other.kind === "token"
      ? "This token opens the vault alone already, so a password beside it would protect nothing. Remove that registration first."
      : "This token is registered together with the password. Remove that registration first if the token shall open the vault alone.",
    { slotId: other.id },
  );
}

/** Errors: tokens/not-administrator, tokens/last-way-in. */
export function withoutTokenSlot(header: Header, slotId: string): readonly Slot[] {
  const slot = header.slots.filter(hasToken).find((candidate) => candidate.id === slotId);
  if (slot === undefined)
    throw new KeysteadError("tokens/not-administrator", "No token is registered under this id.", { slotId });
  const rest = header.slots.filter((candidate) => candidate.id !== slotId);
  assertWaysIn(header.slots, rest);
  return rest;
}

/** The user's own slots with a token, or the one named. Error: `tokens/not-administrator`. */
export function ownTokenSlots(
  header: Header,
  userId: string,
  slotId: string | undefined,
): readonly [SlotWithToken, ...SlotWithToken[]] {
  const own = header.slots.filter(hasToken).filter((slot) => slot.userId === userId);
  const [first, ...rest] = own.filter((slot) => slotId === undefined || slot.id === slotId);
  if (first !== undefined) return [first, ...rest];
  throw new KeysteadError(
    "tokens/not-administrator",
    own.length === 0
      ? "No token of yours is registered. Register one first, or use your password."
      : "No token of yours is registered under this id. Use one of your own.",
    slotId === undefined ? {} : { slotId },
  );
}

export function ownTwoFactorSlots(header: Header, userId: string): readonly TwoFactorSlot[] {
  return header.slots.filter(isTwoFactorSlot).filter((slot) => slot.userId === userId);
}

/**
 * By which of the user's slots a token is proved before the second factor is required, or no longer. What opens the vault alone
 * afterwards is then the password that the tokens go with, if any does. Error: `tokens/not-administrator`.
 */
export function slotsToProve(
  header: Header,
  userId: string,
  required: boolean,
  slotId: string | undefined,
): readonly SlotWithToken[] {
  const both = ownTwoFactorSlots(header, userId);
  if (required || both.length === 0) return ownTokenSlots(header, userId, slotId);
  const meant = both.filter((slot) => slotId === undefined || slot.id === slotId);
  if (meant.length > 0) return meant;
  throw new KeysteadError(
    "tokens/not-administrator",
    `Use a token that is registered together with the password, such as “${both[0]?.token.label}”: only it can check the password.`,
    slotId === undefined ? {} : { slotId },
  );
}

/** `undefined` when the user's password opens nothing alone. */
export const ownPasswordSlot = (header: Header, userId: string) =>
  header.slots.filter(isPasswordSlot).find((slot) => slot.userId === userId);

/** How many tokens, not slots, this user can come in by. */
export const tokensOf = (slots: readonly Slot[], userId: string): number =>
  new Set(
    slots
      .filter(hasToken)
      .filter((slot) => slot.userId === userId)
      .map(({ token }) => JSON.stringify([token.manufacturer, token.model, token.serial])),
  ).size;

/**
 * Whoever has a way in keeps one: nobody else can give it back, and what is sealed to a user's own key would be lost with it.
 * Every change of slots comes by here. Error: `tokens/last-way-in`.
 */
export function assertWaysIn(before: readonly Slot[], after: readonly Slot[]): void {
  const kept = new Set(after.map((slot) => slot.userId));
  const shutOut = before.find((slot) => !kept.has(slot.userId));
  if (shutOut === undefined) return;
  throw new KeysteadError(
    "tokens/last-way-in",
    `This is the last way of ${shutOut.userName} into this vault. Register another token for ${shutOut.userName} first.`,
    { userId: shutOut.userId, userName: shutOut.userName },
  );
}
