import type { Selectable } from "kysely";
import type { ReadableDb, WritableDb } from "#main/database/brands.ts";
import type { VaultTables } from "#main/database/schema.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { isSameCard } from "./token-identity.ts";
import type { Role, TokenMarks } from "./token-port.ts";

export type ModuleRow = Selectable<VaultTables["tokenModules"]>;
export type InstanceRow = Selectable<VaultTables["tokenInstances"]>;
/** Wrong PINs in a row, as this vault has seen them. */
export type PinFailures = Readonly<Record<Role, number>>;

const NONE: PinFailures = { user: 0, so: 0 };

export async function listModuleRows(db: ReadableDb | WritableDb): Promise<ModuleRow[]> {
  return db.selectFrom("tokenModules").selectAll().orderBy("addedAt").orderBy("id").execute();
}

/** Error: `tokens/module-taken`, also for another library under the same name. */
export async function assertModuleFree(
  db: ReadableDb | WritableDb,
  module: { readonly path: string; readonly name: string },
): Promise<void> {
  const row = await db
    .selectFrom("tokenModules")
    .select(["name", "path"])
    .where((eb) => eb.or([eb("path", "=", module.path), eb("name", "=", module.name)]))
    .executeTakeFirst();
  if (row === undefined) return;
  throw new KeysteadError(
    "tokens/module-taken",
    row.path === module.path
      ? `${module.path} has been added already, as “${row.name}”.`
      : `Another library is named “${row.name}” already. Give this one another name.`,
    { path: row.path, name: row.name },
  );
}

export async function insertModule(tx: WritableDb, row: ModuleRow): Promise<void> {
  await assertModuleFree(tx, row);
  await tx.insertInto("tokenModules").values(row).execute();
}

/** Error: `tokens/module-unknown` when it went meanwhile. */
export async function deleteModule(tx: WritableDb, id: string): Promise<void> {
  const done = await tx.deleteFrom("tokenModules").where("id", "=", id).executeTakeFirst();
  if (done.numDeletedRows !== 1n)
    throw new KeysteadError("tokens/module-unknown", "The library was removed meanwhile.", { id });
}

export async function listInstances(db: ReadableDb): Promise<InstanceRow[]> {
  return db.selectFrom("tokenInstances").selectAll().orderBy("createdAt").orderBy("tokenId").execute();
}

export async function findInstance(db: ReadableDb | WritableDb, tokenId: string): Promise<InstanceRow | undefined> {
  return db.selectFrom("tokenInstances").selectAll().where("tokenId", "=", tokenId).executeTakeFirst();
}

/** Inserts, or replaces all that is known of this token. */
export async function saveInstance(tx: WritableDb, row: InstanceRow): Promise<void> {
  const { tokenId: _key, ...fresh } = row;
  await tx
    .insertInto("tokenInstances")
    .values(row)
    .onConflict((conflict) => conflict.column("tokenId").doUpdateSet(fresh))
    .execute();
}

/** Updates what is there; a token nobody has registered is left alone. */
export async function touchInstance(tx: WritableDb, tokenId: string, change: Partial<InstanceRow>): Promise<void> {
  await tx.updateTable("tokenInstances").set(change).where("tokenId", "=", tokenId).execute();
}

export async function deleteInstance(tx: WritableDb, tokenId: string): Promise<void> {
  await tx.deleteFrom("tokenInstances").where("tokenId", "=", tokenId).execute();
}

/** An instance's name stands once. Error: `tokens/label-taken`. */
export async function assertInstanceNameFree(db: ReadableDb | WritableDb, name: string, except: string): Promise<void> {
  const row = await db
    .selectFrom("tokenInstances")
    .select("tokenId")
    .where("name", "=", name)
    .where("tokenId", "!=", except)
    .executeTakeFirst();
  if (row !== undefined)
    throw new KeysteadError(
      "tokens/label-taken",
      `Another token is registered as “${name}” already. Choose another name.`,
      { name },
    );
}

export async function pinFailuresOf(db: ReadableDb | WritableDb, tokenId: string): Promise<PinFailures> {
  const rows = await db
    .selectFrom("tokenPinFailures")
    .select(["role", "count"])
    .where("tokenId", "=", tokenId)
    .execute();
  return { ...NONE, ...Object.fromEntries(rows.map((row) => [row.role, row.count])) };
}

export async function allPinFailures(db: ReadableDb): Promise<ReadonlyMap<string, PinFailures>> {
  const all = new Map<string, PinFailures>();
  for (const row of await db.selectFrom("tokenPinFailures").selectAll().execute())
    all.set(row.tokenId, { ...(all.get(row.tokenId) ?? NONE), [row.role]: row.count });
  return all;
}

export async function addPinFailure(tx: WritableDb, tokenId: string, role: Role, now: number): Promise<void> {
  await tx
    .insertInto("tokenPinFailures")
    .values({ tokenId, role, count: 1, lastAt: now })
    .onConflict((conflict) =>
      conflict.columns(["tokenId", "role"]).doUpdateSet((eb) => ({
        count: eb("tokenPinFailures.count", "+", 1),
        lastAt: now,
      })),
    )
    .execute();
}

/** To another id of the same token. Both counts are of one PIN, so they add up: too careful is put right by the next right PIN. */
export async function movePinFailures(tx: WritableDb, fromId: string, toId: string): Promise<void> {
  const rows = await tx.selectFrom("tokenPinFailures").selectAll().where("tokenId", "=", fromId).execute();
  for (const { role, count, lastAt } of rows)
    await tx
      .insertInto("tokenPinFailures")
      .values({ tokenId: toId, role, count, lastAt })
      .onConflict((conflict) =>
        conflict.columns(["tokenId", "role"]).doUpdateSet((eb) => ({
          count: eb("tokenPinFailures.count", "+", count),
          lastAt: eb.fn("max", ["tokenPinFailures.lastAt", eb.val(lastAt)]),
        })),
      )
      .execute();
  await tx.deleteFrom("tokenPinFailures").where("tokenId", "=", fromId).execute();
}

/** Key pairs whose private half is on the token follow it. */
export async function moveKeypairs(tx: WritableDb, fromId: string, toId: string): Promise<void> {
  await tx.updateTable("keypairs").set({ tokenId: toId }).where("tokenId", "=", fromId).execute();
}

export interface KeypairOn {
  readonly name: string;
  readonly scope: string;
  readonly ownerId: string;
  /** CKA_ID, hex. */
  readonly tokenKeyId: string | null;
}

/**
 * Key pairs whose private half is on the token, everybody's. Under whichever id it is in now: through another library, or one that
 * has moved, the same card has another (C29), and what is about to be lost is the same.
 */
export async function keypairsOn(
  db: ReadableDb | WritableDb,
  token: { readonly id: string; readonly info: TokenMarks },
): Promise<readonly KeypairOn[]> {
  const rows = await db
    .selectFrom("keypairs")
    .leftJoin("tokenInstances", "tokenInstances.tokenId", "keypairs.tokenId")
    .select(["keypairs.name", "keypairs.scope", "keypairs.ownerId", "keypairs.tokenId", "tokenKeyId", "tokenSerial"])
    .select(["manufacturer", "model"])
    .where("keypairs.tokenId", "is not", null)
    .orderBy("keypairs.name")
    .execute();
  return rows.filter(({ tokenId, tokenSerial, manufacturer, model }) => {
    if (tokenId === token.id) return true;
    // Of a token that nobody has registered only the serial is known: rather one question too many than a way in too few.
    const { info } = token;
    const then = { ...info, serial: tokenSerial ?? "", manufacturer: manufacturer ?? info.manufacturer };
    return isSameCard({ ...then, model: model ?? info.model }, info);
  });
}

/** After a right PIN, or one that has just been set. */
export async function clearPinFailures(tx: WritableDb, tokenId: string, roles: readonly Role[]): Promise<void> {
  await tx.deleteFrom("tokenPinFailures").where("tokenId", "=", tokenId).where("role", "in", roles).execute();
}
