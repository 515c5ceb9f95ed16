import type { Selectable } from "kysely";
import type { ReadableDb, WritableDb } from "#main/database/brands.ts";
import type { VaultTables } from "#main/database/schema.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import type { Keypair } from "#shared/models/keypair.ts";

export type KeypairRow = Selectable<VaultTables["keypairs"]>;

/** The token columns of a key pair whose private half is not on one. */
export const NOT_ON_TOKEN = { tokenId: null, tokenSerial: null, tokenLabel: null, tokenKeyId: null } as const;

/** Who asks: private key pairs of others do not exist for them. */
export interface Viewer {
  readonly userId: string;
}

interface BoundServer {
  readonly keypairId: string;
  readonly id: string;
  readonly name: string;
}

function visible(db: ReadableDb | WritableDb, viewer: Viewer) {
  return db
    .selectFrom("keypairs")
    .innerJoin("users", "users.id", "keypairs.ownerId")
    .selectAll("keypairs")
    .select("users.name as ownerName")
    .where((eb) => eb.or([eb("keypairs.scope", "=", "account"), eb("keypairs.ownerId", "=", viewer.userId)]));
}

type VisibleRow = KeypairRow & { readonly ownerName: string };

function boundServers(db: ReadableDb | WritableDb) {
  return db
    .selectFrom("bindings")
    .innerJoin("servers", "servers.id", "bindings.serverId")
    .select(["bindings.keypairId", "servers.id", "servers.name"])
    .distinct()
    .orderBy("servers.name");
}

export function toKeypair(row: VisibleRow, bound: readonly BoundServer[]): Keypair {
  const { publicBlob, privateSealed, sealVersion, sealedUnder, spec, ...rest } = row;
  const { tokenId, tokenSerial, tokenLabel, tokenKeyId, ...facts } = rest;
  return {
    ...facts,
    spec: spec as Keypair["spec"],
    ...(sealedUnder === null ? {} : { sealedUnder }),
    ...(tokenId === null || tokenSerial === null || tokenLabel === null || tokenKeyId === null
      ? {}
      : { token: { id: tokenId, label: tokenLabel, serial: tokenSerial, keyId: tokenKeyId } }),
    boundServers: bound.map(({ id, name }) => ({ id, name })),
  };
}

export async function listKeypairs(db: ReadableDb, viewer: Viewer): Promise<Keypair[]> {
  const rows = await visible(db, viewer).orderBy("keypairs.name").execute();
  const bound = Map.groupBy(await boundServers(db).execute(), (server) => server.keypairId);
  return rows.map((row) => toKeypair(row, bound.get(row.id) ?? []));
}

/** Error: `keypairs/not-found`, also for somebody else's private key pair. */
export async function findKeypairRow(db: ReadableDb | WritableDb, viewer: Viewer, id: string): Promise<VisibleRow> {
  const row = await visible(db, viewer).where("keypairs.id", "=", id).executeTakeFirst();
  if (row === undefined)
    throw new KeysteadError("keypairs/not-found", "There is no such key pair, or it is private to another user.", {
      id,
    });
  return row;
}

export async function findKeypair(db: ReadableDb | WritableDb, viewer: Viewer, id: string): Promise<Keypair> {
  const row = await findKeypairRow(db, viewer, id);
  return toKeypair(row, await boundServers(db).where("bindings.keypairId", "=", id).execute());
}

/** Names are unique among account-wide key pairs, and among each user's private ones. Error: `keypairs/name-taken`. */
export async function assertNameFree(
  db: ReadableDb | WritableDb,
  row: Pick<KeypairRow, "name" | "scope" | "ownerId">,
  except?: string,
): Promise<void> {
  let query = db.selectFrom("keypairs").select("id").where("name", "=", row.name).where("scope", "=", row.scope);
  if (row.scope === "private") query = query.where("ownerId", "=", row.ownerId);
  if (except !== undefined) query = query.where("id", "!=", except);
  if ((await query.executeTakeFirst()) !== undefined) {
    throw new KeysteadError(
      "keypairs/name-taken",
      `There is a key pair named “${row.name}” already. Choose another name.`,
      { name: row.name },
    );
  }
}

export async function insertKeypair(tx: WritableDb, row: KeypairRow): Promise<void> {
  await assertNameFree(tx, row);
  await tx.insertInto("keypairs").values(row).execute();
}

/** Error: `keypairs/not-found` when it went meanwhile. */
export async function updateKeypair(tx: WritableDb, id: string, change: Partial<KeypairRow>): Promise<void> {
  const done = await tx.updateTable("keypairs").set(change).where("id", "=", id).executeTakeFirst();
  assertOne(done.numUpdatedRows, id);
}

export async function deleteKeypair(tx: WritableDb, id: string): Promise<void> {
  const done = await tx.deleteFrom("keypairs").where("id", "=", id).executeTakeFirst();
  assertOne(done.numDeletedRows, id);
}

function assertOne(rows: bigint, id: string): void {
  if (rows !== 1n) throw new KeysteadError("keypairs/not-found", "The key pair was deleted meanwhile.", { id });
}
