import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { HEADER_MAX_BYTES, type Header } from "./header.ts";
import { isTokenSlot, SLOTS_MAX, type Slot, type TokenSlot } from "./slot-shapes.ts";

/** What the header's other fields, its seals and its indentation take at most. */
const BESIDE_SLOTS_BYTES = 8_192;

/** Error: `tokens/not-permitted`. */
export function assertRoomFor(header: Header, slot: TokenSlot): void {
  const slots = [...header.slots, slot];
  const bytes = Buffer.byteLength(JSON.stringify(slots, null, 4));
  if (slots.length <= SLOTS_MAX && bytes + BESIDE_SLOTS_BYTES <= HEADER_MAX_BYTES) return;
  throw new KeysteadError(
    "tokens/not-permitted",
    `This vault has ${header.slots.length} ways in already, and its header holds no more. Remove a token that is not needed first.`,
    { slots: header.slots.length },
  );
}

/** Errors: tokens/not-administrator, tokens/last-way-in. */
export function withoutTokenSlot(header: Header, slotId: string): readonly Slot[] {
  const slot = header.slots.filter(isTokenSlot).find((candidate) => candidate.id === slotId);
  if (slot === undefined)
    throw new KeysteadError("tokens/not-administrator", "No token is registered under this id.", { slotId });
  const rest = header.slots.filter((candidate) => candidate.id !== slotId);
  assertWaysIn(header.slots, rest);
  return rest;
}

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
