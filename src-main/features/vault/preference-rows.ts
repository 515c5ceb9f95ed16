import type { ReadableDb, WritableDb } from "#main/database/brands.ts";
import { type Preferences, preferences } from "#shared/models/preferences.ts";
import { putValue, readValue } from "./stored-value.ts";

/** A row a user among the vault's settings. */
const rowOf = (userId: string) => `preferences:${userId}`;

export async function readPreferences(db: ReadableDb | WritableDb, userId: string): Promise<Preferences> {
  const stored = await readValue(db, rowOf(userId));
  return stored === undefined ? { lists: {} } : preferences.parse(stored);
}

export async function writePreferences(tx: WritableDb, userId: string, wanted: Preferences): Promise<void> {
  await putValue(tx, rowOf(userId), wanted);
}
