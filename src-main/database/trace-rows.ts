import { CompiledQuery, type Kysely } from "kysely";
import type { WritableDb } from "./brands.ts";
import type { VaultTables } from "./schema.ts";

type TraceRow = { readonly [C in keyof VaultTables["traces"]]: C extends "mac" ? Buffer : VaultTables["traces"][C] };

/** Every column but `mac`. The order is also the chain's (docs/formats.md): it is never changed, only lengthened by a new format. */
export const TRACE_COLUMNS = [
  "sequence",
  "id",
  "time",
  "name",
  "operation",
  "effect",
  "operatorId",
  "operatorName",
  "source",
  "resourceType",
  "resourceId",
  "resourceName",
  "status",
  "outcome",
  "code",
  "request",
  "answer",
] as const satisfies readonly (keyof TraceRow)[];
const columns = [...TRACE_COLUMNS, "mac"] as const;

const insert = `INSERT INTO traces (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`;

/** One prepared statement for all: building the query anew for every trace would cost more than writing it. */
export async function insertTraces(tx: WritableDb, rows: readonly TraceRow[]): Promise<void> {
  const connection = tx as unknown as Kysely<VaultTables>;
  for (const row of rows) {
    await connection.executeQuery(
      CompiledQuery.raw(
        insert,
        columns.map((column) => row[column]),
      ),
    );
  }
}
