import { netstrings } from "#main/crypto/netstrings.ts";
import { TRACE_COLUMNS } from "#main/database/trace-rows.ts";
import type { TraceStatus } from "#shared/models/trace.ts";

/** A trace before it has its place in the chain. Field order is the chain's: docs/formats.md. */
export interface TraceDraft {
  readonly id: string;
  readonly time: number;
  readonly name: string;
  readonly operation: string;
  readonly effect: "read" | "change";
  readonly operatorId: string;
  readonly operatorName: string;
  readonly source: string;
  readonly resourceType: string;
  readonly resourceId: string;
  readonly resourceName: string;
  readonly status: TraceStatus;
  readonly outcome: "allowed" | "denied" | "failed";
  readonly code: string;
  readonly request: string;
  readonly answer: string;
}

export interface ChainedTrace extends TraceDraft {
  readonly sequence: number;
  readonly mac: Buffer;
}

/** Every column but `mac`, in the order that is authenticated. */
export const CHAINED_COLUMNS = TRACE_COLUMNS satisfies readonly (keyof ChainedTrace)[];

/**
 * What the chain authenticates of one record, after the previous link: netstrings of the columns above. A value can hold any
 * text and still not be confused with its neighbour.
 */
export function canonicalTrace(sequence: number, draft: TraceDraft): string {
  const record: Readonly<Record<(typeof CHAINED_COLUMNS)[number], string | number>> = { sequence, ...draft };
  return netstrings(CHAINED_COLUMNS.map((column) => String(record[column]))).toString("utf8");
}
