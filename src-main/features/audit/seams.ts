import type { ReadableDb } from "#main/database/brands.ts";
import { rollback, type Seam } from "#shared/models/trace.ts";

/** Whose allowed traces are the record of a seam. The chain vouches for them like for any other trace. */
const OPERATION = "vault.acceptRollback";

/** Where an older copy of the database was put back and somebody stood by it, oldest first (D26). */
export async function acceptedSeams(db: ReadableDb, until: number): Promise<Seam[]> {
  const rows = await db
    .selectFrom("traces")
    .select(["sequence", "time", "operatorName", "answer"])
    .where("operation", "=", OPERATION)
    .where("outcome", "=", "allowed")
    .where("sequence", "<=", until)
    .orderBy("sequence")
    .execute();
  return rows.map(({ sequence, time, operatorName, answer }) => ({
    ...rollback.parse(JSON.parse(answer)),
    sequence,
    time,
    operatorName,
  }));
}
