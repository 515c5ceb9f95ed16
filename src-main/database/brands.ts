import type { Kysely, Transaction } from "kysely";
import type { VaultTables } from "./schema.ts";

declare const writable: unique symbol;

/** May be read. Rules and lists take this; they cannot write through it by type. */
export type ReadableDb = Pick<Kysely<VaultTables>, "selectFrom" | "fn" | "dynamic"> & { readonly executor?: never };

/**
 * The one open write transaction. Only the commit queue hands it out, so no change can be written without its trace.
 * A change must use nothing but this handle: the readable one waits until the transaction is over.
 */
export type WritableDb = Pick<
  Transaction<VaultTables>,
  "selectFrom" | "insertInto" | "updateTable" | "deleteFrom" | "fn"
> & {
  readonly [writable]: true;
};
