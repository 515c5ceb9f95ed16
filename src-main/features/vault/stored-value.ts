import type { ReadableDb, WritableDb } from "#main/database/brands.ts";

// The table `settings`: one JSON value a name.

/** `undefined` when there is none of this name. Whoever reads it says what it must be. */
export async function readValue(db: ReadableDb | WritableDb, name: string): Promise<unknown> {
  const row = await db.selectFrom("settings").select("value").where("name", "=", name).executeTakeFirst();
  return row === undefined ? undefined : JSON.parse(row.value);
}

/** In the place of what was there, if anything was. */
export async function putValue(tx: WritableDb, name: string, value: unknown): Promise<void> {
  const text = JSON.stringify(value);
  await tx
    .insertInto("settings")
    .values({ name, value: text })
    .onConflict((conflict) => conflict.column("name").doUpdateSet({ value: text }))
    .execute();
}

/** Leaves what was there. */
export async function putFirstValue(tx: WritableDb, name: string, value: unknown): Promise<void> {
  await tx
    .insertInto("settings")
    .values({ name, value: JSON.stringify(value) })
    .onConflict((conflict) => conflict.column("name").doNothing())
    .execute();
}
