import Database from "better-sqlite3";
import { deriveKey } from "#main/crypto/derive.ts";
import { SecretBytes } from "#main/crypto/secret-bytes.ts";
import type { Header } from "#main/features/vault/header.ts";
import { openPasswordSlot, type SlotKeys } from "#main/features/vault/key-slot.ts";
import { databaseFile, readHeaderJson } from "./vault-files.ts";

/** What somebody who knows the password can have with a tool of his own: the keys, and the open database. */
export async function slotKeysOf(
  folder: string,
  password: string,
  user = 0,
): Promise<{ header: Header; keys: SlotKeys }> {
  const { mac: _mac, checksum: _checksum, ...header } = readHeaderJson(folder);
  const slot = (header as Header).slots[user];
  if (slot?.kind !== "password") throw new Error("no such slot");
  return {
    header: header as Header,
    keys: await openPasswordSlot(header.vaultId, slot, SecretBytes.fromText(password)),
  };
}

export function openDatabaseWith(folder: string, vaultId: string, root: SecretBytes): Database.Database {
  const key = deriveKey(root, vaultId, "database").reveal().toString("hex");
  const database = new Database(databaseFile(folder));
  database.pragma("cipher='sqlcipher'");
  database.pragma("legacy=4");
  database.pragma(`key='raw:${key}${vaultId.replaceAll("-", "")}'`);
  return database;
}

export async function openVaultDatabase(folder: string, password: string): Promise<Database.Database> {
  const { header, keys } = await slotKeysOf(folder, password);
  return openDatabaseWith(folder, header.vaultId, keys.root);
}
