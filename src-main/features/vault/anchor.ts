import type { PreparedFile } from "#main/adapters/files/atomic-write.ts";
import type { Clock } from "#main/clock.ts";
import { pageSealsOf } from "#main/database/page-seals.ts";
import { insertCheckpoint, makeCheckpoint } from "#main/features/audit/checkpoints.ts";
import { encodeHeader, type Header, headerVersion } from "./header.ts";
import type { SlotChange } from "./key-slot.ts";
import { noteSlots, noteSlotsOnce } from "./noted-slots.ts";
import type { OpenVault } from "./open-vault.ts";
import { assertWaysIn } from "./slot-changes.ts";
import type { Slot } from "./slot-shapes.ts";
import type { VaultFolder } from "./vault-folder.ts";

/** Replaces the header on the disk, and in the open vault once it is there. Error: `vault/disk-failed`. */
function writeHeader(folder: VaultFolder, vault: OpenVault, header: Header): void {
  folder.writeHeader(encodeHeader(header, vault.headerKey));
  vault.header = header;
}

/**
 * Writes other slots; what takes them back is on the disk before. Nothing else may write the header until either is called.
 * Errors: vault/disk-failed, tokens/last-way-in.
 */
export function replaceSlots(folder: VaultFolder, vault: OpenVault, slots: readonly Slot[]): SlotChange {
  const { header } = vault;
  assertWaysIn(header.slots, slots);
  const back = { ...header, writeCount: header.writeCount + 2 };
  const prepared = folder.prepareHeader(encodeHeader(back, vault.headerKey));
  try {
    const version = headerVersion(slots);
    writeHeader(folder, vault, { ...header, version, slots: [...slots], writeCount: header.writeCount + 1 });
  } catch (error) {
    // The new header may be there all the same, and only not have been made durable: whoever is told of a failure must find the
    // old one.
    vault.header = placedOr(prepared, back, header);
    throw error;
  }
  return {
    note: (tx) => noteSlots(tx, slots),
    keep: prepared.drop,
    takeBack: () => {
      prepared.place();
      vault.header = back;
    },
  };
}

/** `back` once it stands on the disk; `before` when that fails as well. */
function placedOr(prepared: PreparedFile, back: Header, before: Header): Header {
  try {
    prepared.place();
    return back;
  } catch (error) {
    console.error("Keystead: a change of who may open the vault could not be taken back:", error);
    return before;
  }
}

/** Says in the header that the vault is open, until it is locked: an end without locking is found by it. */
export function markOpen(folder: VaultFolder, vault: OpenVault, time: number): void {
  const { pageSeals: _changesNow, ...header } = vault.header;
  writeHeader(folder, vault, { ...header, openSince: time, writeCount: header.writeCount + 1 });
}

/** Says that it was locked, and what the closed database is. Error: `vault/disk-failed`. */
export async function markLocked(folder: VaultFolder, vault: OpenVault): Promise<void> {
  const { openSince: _noMore, ...header } = vault.header;
  const pageSeals = await pageSealsOf(folder.database);
  const sealed = pageSeals === undefined ? {} : { pageSeals };
  writeHeader(folder, vault, { ...header, ...sealed, writeCount: header.writeCount + 1 });
}

/**
 * Signs the chain's state, and anchors it in the header so that a database cut short afterwards is found (D20, D26). `closing`:
 * the vault is being locked, and `markLocked` writes the header.
 */
export async function anchorChain(folder: VaultFolder, vault: OpenVault, time: number, closing = false): Promise<void> {
  const { head } = vault.ledger;
  const record = await makeCheckpoint(vault.read, vault, head, time);
  await vault.db.transaction(async (tx) => {
    await insertCheckpoint(tx, record);
    await noteSlotsOnce(tx, vault.header.slots);
  });
  // An anchor that the database contradicts is evidence: moving it would hide that traces are gone.
  if (vault.missingFrom !== undefined) return;
  const mac = head.mac.toString("hex");
  const auditHead = { sequence: head.sequence, mac, checkpoint: record.number, time };
  const header = { ...vault.header, auditHead };
  if (closing) vault.header = header;
  else writeHeader(folder, vault, { ...header, writeCount: header.writeCount + 1 });
}

/**
 * What the database holds now is what counts from here on, although the header knew of more. The warning goes once the new
 * anchor is on the disk; until then, and when it cannot be written, everything goes on as before.
 */
export async function standBy(folder: VaultFolder, vault: OpenVault, time: number): Promise<void> {
  const { missingFrom } = vault;
  vault.missingFrom = undefined;
  try {
    await anchorChain(folder, vault, time);
  } catch (error) {
    vault.missingFrom = missingFrom;
    throw error;
  }
  vault.warnings = vault.warnings.filter((warning) => warning.code !== "rolled-back");
}

/** A checkpoint at least this often while the vault is open, and after this many traces. */
const EVERY_MS = 10 * 60_000;
const EVERY_TRACES = 1000;

/** When the next checkpoint is to be written. One that fails (full disk) comes up again after the same time. */
export class CheckpointDue {
  readonly #clock: Clock;
  #time = 0;
  #sequence = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Counts from here: the last checkpoint covers `sequence`. */
  start(sequence: number): void {
    this.#time = this.#clock.monotonic();
    this.#sequence = sequence;
  }

  /** Asked every second while the vault is open. */
  isNow(sequence: number): boolean {
    const now = this.#clock.monotonic();
    if (sequence - this.#sequence < EVERY_TRACES && now - this.#time < EVERY_MS) return false;
    this.#time = now;
    return true;
  }
}
