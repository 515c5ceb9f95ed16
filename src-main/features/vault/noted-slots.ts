import { sha256 } from "#main/crypto/hash.ts";
import type { ReadableDb, WritableDb } from "#main/database/brands.ts";
import { type Slot, slot } from "./slot-shapes.ts";
import { putFirstValue, putValue, readValue } from "./stored-value.ts";

/*
 * Who may come in stands in the header, what was done in the database, and nobody can write both at once. So every change of the
 * slots leaves their digest in its own transaction: slots that the database does not know are an older header put back, or a
 * change whose trace a crash has taken along.
 */
export const SLOTS_ROW = "slots";

/** SHA-256, hex, of the slots as parsed, as the header's own encoding is: in one order of keys, whoever made the slot. */
export const slotsDigest = (slots: readonly Slot[]): string =>
  sha256(JSON.stringify(slots.map((each) => slot.parse(each)))).toString("hex");

/** Part of the transaction that traces the change of the slots. */
export async function noteSlots(tx: WritableDb, slots: readonly Slot[]): Promise<void> {
  await putValue(tx, SLOTS_ROW, slotsDigest(slots));
}

/** For a vault from before this was noted: what is there when it is locked the first time counts. */
export async function noteSlotsOnce(tx: WritableDb, slots: readonly Slot[]): Promise<void> {
  await putFirstValue(tx, SLOTS_ROW, slotsDigest(slots));
}

/** Whether the database knows of these slots, as far as it can tell. */
export async function knowsSlots(db: ReadableDb, slots: readonly Slot[]): Promise<boolean> {
  const noted = await readValue(db, SLOTS_ROW);
  return noted === undefined || noted === slotsDigest(slots);
}
