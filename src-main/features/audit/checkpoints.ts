import type { SecretBytes } from "#main/crypto/secret-bytes.ts";
import type { ReadableDb, WritableDb } from "#main/database/brands.ts";
import { type CheckpointRecord, checkpointHash, signCheckpoint } from "./checkpoint.ts";
import type { ChainHead } from "./ledger.ts";

export async function lastCheckpoint(db: ReadableDb): Promise<CheckpointRecord | undefined> {
  return db.selectFrom("checkpoints").selectAll().orderBy("number", "desc").limit(1).executeTakeFirst();
}

export async function listCheckpoints(db: ReadableDb, limit: number): Promise<readonly CheckpointRecord[]> {
  return db.selectFrom("checkpoints").selectAll().orderBy("number", "desc").limit(limit).execute();
}

/** The next checkpoint over everything up to `head`; written even when nothing happened since the last (D18). */
export async function makeCheckpoint(
  db: ReadableDb,
  vault: { readonly vaultId: string; readonly signingSeed: SecretBytes },
  head: ChainHead,
  time: number,
): Promise<CheckpointRecord> {
  const last = await lastCheckpoint(db);
  return signCheckpoint(
    vault.vaultId,
    {
      number: (last?.number ?? 0) + 1,
      time,
      firstSequence: (last?.lastSequence ?? 0) + 1,
      lastSequence: head.sequence,
      head: head.mac,
      previous: last === undefined ? Buffer.alloc(0) : checkpointHash(vault.vaultId, last),
    },
    vault.signingSeed,
  );
}

export async function insertCheckpoint(tx: WritableDb, checkpoint: CheckpointRecord): Promise<void> {
  await tx.insertInto("checkpoints").values(checkpoint).execute();
}
