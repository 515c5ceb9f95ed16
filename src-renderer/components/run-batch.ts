import i18next from "i18next";
import { isKeysteadError } from "#shared/errors/keystead-error.ts";
import { errorLine } from "./error-words.ts";

export interface BatchRow {
  readonly id: string;
  readonly name: string;
  readonly outcome: "done" | "refused" | "failed";
  readonly message: string;
}

/** Tells refused (the officer's to mend) from failed (something broke). */
export function batchFailure(id: string, name: string, error: unknown): BatchRow {
  if (!isKeysteadError(error)) return { id, name, outcome: "failed", message: String(error) };
  const refused = error.kind === "denied" || error.kind === "conflict" || error.kind === "input";
  return {
    id,
    name,
    outcome: refused ? "refused" : "failed",
    message: `${errorLine(error, i18next.language)} (${error.code})`,
  };
}

/**
 * One call an item, `abreast` at a time, a row for each. A wanted confirmation stops the run at the first item, before
 * anything was done, so that the caller can ask once and run all of it again.
 */
export async function runBatch<T extends { readonly id: string; readonly name: string }>(
  items: readonly T[],
  call: (item: T) => Promise<string | undefined>,
  abreast = 1,
): Promise<BatchRow[]> {
  const rows: BatchRow[] = [];
  const one = async (item: T, first: boolean): Promise<BatchRow> => {
    try {
      return { id: item.id, name: item.name, outcome: "done", message: (await call(item)) ?? "" };
    } catch (error) {
      if (first && isKeysteadError(error) && error.code === "access/confirmation-required") throw error;
      return batchFailure(item.id, item.name, error);
    }
  };
  const [head, ...rest] = items;
  if (!head) return rows;
  rows.push(await one(head, true));
  const waiting = rest.map((item, index) => ({ item, index: index + 1 }));
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) rows[next.index] = await one(next.item, false);
  };
  await Promise.all(Array.from({ length: abreast }, worker));
  return rows;
}
