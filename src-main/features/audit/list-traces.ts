import type { ExpressionBuilder } from "kysely";
import type { ReadableDb } from "#main/database/brands.ts";
import type { VaultTables } from "#main/database/schema.ts";
import type { Params } from "#shared/contract/index.ts";
import type { Trace } from "#shared/models/trace.ts";

type Filters = Params<"audit", "list">;

function conditions(eb: ExpressionBuilder<VaultTables, "traces">, filters: Filters) {
  const all = [];
  if (filters.name !== undefined) all.push(eb("name", "=", filters.name));
  if (filters.operator !== undefined) all.push(eb("operatorName", "=", filters.operator));
  if (filters.resourceType !== undefined) all.push(eb("resourceType", "=", filters.resourceType));
  if (filters.resourceId !== undefined) all.push(eb("resourceId", "=", filters.resourceId));
  if (filters.status !== undefined) all.push(eb("status", "=", filters.status));
  if (filters.outcome !== undefined) all.push(eb("outcome", "=", filters.outcome));
  if (filters.effect !== undefined) all.push(eb("effect", "=", filters.effect));
  if (filters.from !== undefined) all.push(eb("time", ">=", filters.from));
  if (filters.to !== undefined) all.push(eb("time", "<=", filters.to));
  if (filters.keyword !== undefined) {
    const forms = searchForms(filters.keyword);
    const columns = ["name", "operatorName", "resourceName", "resourceId", "code", "request", "answer"] as const;
    // Not LIKE: its wildcards would have to be escaped in what somebody typed.
    all.push(
      eb.or(
        columns.flatMap((column) =>
          forms.map((form) => eb(eb.fn<number>("instr", [eb.fn("lower", [column]), eb.val(form)]), ">", 0)),
        ),
      ),
    );
  }
  return eb.and(all);
}

/** SQLite's `lower` knows the letters of English alone; others are looked for as typed, all small and all large. */
function searchForms(keyword: string): readonly string[] {
  const typed = keyword.normalize("NFC");
  const forms = [typed, typed.toLowerCase(), typed.toUpperCase()];
  return [...new Set(forms.map((form) => form.replace(/[A-Z]/g, (letter) => letter.toLowerCase())))];
}

export function toTrace(row: Omit<Trace, "mac"> & { readonly mac: Buffer }): Trace {
  return { ...row, mac: row.mac.toString("hex") };
}

/** One page, newest first, and how many match in all. Paged by sequence, so that traces arriving meanwhile shift nothing. */
export async function listTraces(
  db: ReadableDb,
  filters: Filters,
): Promise<{ readonly traces: Trace[]; readonly total: number }> {
  const matching = db.selectFrom("traces").where((eb) => conditions(eb, filters));
  const counted = await matching.select((eb) => eb.fn.countAll<number>().as("total")).executeTakeFirstOrThrow();
  const page = filters.before === undefined ? matching : matching.where("sequence", "<", filters.before);
  const rows = await page.selectAll().orderBy("sequence", "desc").limit(filters.limit).execute();
  return { traces: rows.map(toTrace), total: Number(counted.total) };
}
