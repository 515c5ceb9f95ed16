import type { Selectable } from "kysely";
import type { ReadableDb, WritableDb } from "#main/database/brands.ts";
import type { VaultTables } from "#main/database/schema.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import type { Server } from "#shared/models/server.ts";
import type { HostKey } from "./ssh-port.ts";

export type ServerRow = Selectable<VaultTables["servers"]>;
type HostKeyRow = Selectable<VaultTables["hostKeys"]>;
type BindingRow = Selectable<VaultTables["bindings"]> & { readonly keypairName: string };

const UNFINISHED = ["queued", "running", "rolling-back", "interrupted", "rollback-failed"];

interface Beside {
  readonly hostKeys: readonly HostKeyRow[];
  readonly binding: BindingRow | undefined;
  readonly runningTaskId: string | undefined;
}

export function toServer(row: ServerRow, beside: Beside): Server {
  const { problemCode, problemMessage, lastSeenAt, serverVersion, ...facts } = row;
  const { binding } = beside;
  return {
    ...facts,
    ...(problemCode === null ? {} : { problem: { code: problemCode, message: problemMessage ?? "" } }),
    ...(lastSeenAt === null ? {} : { lastSeenAt }),
    ...(serverVersion === null ? {} : { serverVersion }),
    hostKeys: beside.hostKeys.map(({ algorithm, blob, fingerprint }) => ({ algorithm, blob, fingerprint })),
    ...(binding === undefined
      ? {}
      : {
          binding: {
            keypairId: binding.keypairId,
            keypairName: binding.keypairName,
            user: binding.user,
            state: binding.state,
            ...(binding.provedAt === null ? {} : { provedAt: binding.provedAt }),
          },
        }),
    ...(beside.runningTaskId === undefined ? {} : { runningTaskId: beside.runningTaskId }),
  };
}

function bindings(db: ReadableDb | WritableDb) {
  return db
    .selectFrom("bindings")
    .innerJoin("keypairs", "keypairs.id", "bindings.keypairId")
    .selectAll("bindings")
    .select("keypairs.name as keypairName")
    .orderBy("bindings.provedAt", "desc");
}

function unfinished(db: ReadableDb | WritableDb) {
  return db.selectFrom("tasks").select(["id", "serverId"]).where("state", "in", UNFINISHED);
}

/** All servers in four queries, whatever their number. */
export async function listServers(db: ReadableDb): Promise<Server[]> {
  const rows = await db.selectFrom("servers").selectAll().orderBy("name").execute();
  const keys = Map.groupBy(await db.selectFrom("hostKeys").selectAll().execute(), (key) => key.serverId);
  const bound = Map.groupBy(await bindings(db).execute(), (binding) => binding.serverId);
  const tasks = new Map((await unfinished(db).execute()).map((task) => [task.serverId, task.id]));
  return rows.map((row) =>
    toServer(row, {
      hostKeys: keys.get(row.id) ?? [],
      binding: bound.get(row.id)?.[0],
      runningTaskId: tasks.get(row.id),
    }),
  );
}

/** Error: `servers/not-found`. */
export async function findServerRow(db: ReadableDb | WritableDb, id: string): Promise<ServerRow> {
  const row = await db.selectFrom("servers").selectAll().where("id", "=", id).executeTakeFirst();
  if (row === undefined)
    throw new KeysteadError("servers/not-found", "There is no such server; it may have been removed.", { id });
  return row;
}

export async function findServer(db: ReadableDb | WritableDb, id: string): Promise<Server> {
  const row = await findServerRow(db, id);
  return toServer(row, {
    hostKeys: await db.selectFrom("hostKeys").selectAll().where("serverId", "=", id).execute(),
    binding: await bindings(db).where("bindings.serverId", "=", id).executeTakeFirst(),
    runningTaskId: (await unfinished(db).where("serverId", "=", id).executeTakeFirst())?.id,
  });
}

/** One login of one machine stands in the inventory once. Error: `servers/address-taken`. */
export async function assertAddressFree(
  db: ReadableDb | WritableDb,
  address: Pick<ServerRow, "host" | "port" | "user">,
  except?: string,
): Promise<void> {
  const row = await db
    .selectFrom("servers")
    .select(["id", "name"])
    .where((eb) => eb(eb.fn<string>("lower", ["host"]), "=", address.host.toLowerCase()))
    .where("port", "=", address.port)
    .where("user", "=", address.user)
    .executeTakeFirst();
  if (row === undefined || row.id === except) return;
  throw new KeysteadError(
    "servers/address-taken",
    `${address.user}@${address.host} port ${address.port} is in the inventory already, as “${row.name}”.`,
    { id: row.id },
  );
}

export async function insertServer(tx: WritableDb, row: ServerRow): Promise<void> {
  await assertAddressFree(tx, row);
  await tx.insertInto("servers").values(row).execute();
}

/** Error: `servers/not-found` when it went meanwhile. */
export async function updateServer(tx: WritableDb, id: string, change: Partial<ServerRow>): Promise<void> {
  const done = await tx.updateTable("servers").set(change).where("id", "=", id).executeTakeFirst();
  if (done.numUpdatedRows !== 1n)
    throw new KeysteadError("servers/not-found", "The server was removed meanwhile.", { id });
}

export async function deleteServer(tx: WritableDb, id: string): Promise<void> {
  const done = await tx.deleteFrom("servers").where("id", "=", id).executeTakeFirst();
  if (done.numDeletedRows !== 1n)
    throw new KeysteadError("servers/not-found", "The server was removed meanwhile.", { id });
}

/** Adds the key as the pinned one of its type; `replace` drops every key pinned before. */
export async function pinHostKey(
  tx: WritableDb,
  serverId: string,
  key: HostKey,
  pinnedAt: number,
  replace: boolean,
): Promise<void> {
  let old = tx.deleteFrom("hostKeys").where("serverId", "=", serverId);
  if (!replace) old = old.where("algorithm", "=", key.algorithm);
  await old.execute();
  await tx
    .insertInto("hostKeys")
    .values({ serverId, ...key, pinnedAt })
    .execute();
}

/** What was proved on one machine is not proved on another. */
export async function unproveBindings(tx: WritableDb, serverId: string): Promise<void> {
  await tx
    .updateTable("bindings")
    .set({ state: "unproved", provedAt: null })
    .where("serverId", "=", serverId)
    .execute();
}

export async function forgetHostKeys(tx: WritableDb, serverId: string): Promise<void> {
  await tx.deleteFrom("hostKeys").where("serverId", "=", serverId).execute();
}

export async function saveBinding(tx: WritableDb, row: Selectable<VaultTables["bindings"]>): Promise<void> {
  const { serverId: _server, keypairId: _keypair, user: _user, ...fresh } = row;
  await tx
    .insertInto("bindings")
    .values(row)
    .onConflict((conflict) => conflict.columns(["serverId", "keypairId", "user"]).doUpdateSet(fresh))
    .execute();
}
