import type { ReadableDb, WritableDb } from "#main/database/brands.ts";
import { type Preferences, preferences } from "#shared/models/preferences.ts";

/** A row a user among the vault's settings. */
const rowOf = (userId: string) => `preferences:${userId}`;

export async function readPreferences(db: ReadableDb | WritableDb, userId: string): Promise<Preferences> {
  const row = await db.selectFrom("settings").select("value").where("name", "=", rowOf(userId)).executeTakeFirst();
  return row === undefined ? { lists: {} } : preferences.parse(JSON.parse(row.value));
}

export async function writePreferences(tx: WritableDb, userId: string, wanted: Preferences): Promise<void> {
  const row = { name: rowOf(userId), value: JSON.stringify(wanted) };
  await tx
    .insertInto("settings")
    .values(row)
    .onConflict((conflict) => conflict.column("name").doUpdateSet({ value: row.value }))
    .execute();
}
