import type { ReadableDb, WritableDb } from "#main/database/brands.ts";
import { type VaultSettings, vaultSettings } from "#shared/models/vault.ts";
import { bounded, DEFAULT_MINUTES } from "./auto-lock-minutes.ts";
import { putValue } from "./stored-value.ts";

export async function readSettings(db: ReadableDb | WritableDb): Promise<VaultSettings> {
  // Users' preferences stand beside them.
  const names = Object.keys(vaultSettings.shape);
  const rows = await db.selectFrom("settings").select(["name", "value"]).where("name", "in", names).execute();
  const stored = Object.fromEntries(rows.map((row) => [row.name, JSON.parse(row.value) as unknown]));
  return bounded(vaultSettings.parse({ ...DEFAULT_MINUTES, ...stored }));
}

export async function writeSettings(tx: WritableDb, settings: VaultSettings): Promise<void> {
  for (const [name, value] of Object.entries(settings)) await putValue(tx, name, value);
}

/** First rows of a new vault: its settings, and the owner, who may do everything. */
export async function insertOwner(
  tx: WritableDb,
  user: { readonly userId: string; readonly userName: string },
  vaultName: string,
  now: number,
): Promise<void> {
  await tx
    .insertInto("users")
    .values({ id: user.userId, name: user.userName, actionsJson: JSON.stringify(["*"]), createdAt: now })
    .execute();
  await writeSettings(tx, { vaultName, ...DEFAULT_MINUTES });
}
