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

/** The encrypted file itself, as `openDatabase` opens it, without migrating it. */
export function rawDatabase(file: string, key: SecretBytes, vaultId: string): Database.Database {
  const driver = new Database(file);
  driver.pragma("cipher='sqlcipher'");
  driver.pragma("legacy=4");
  driver.pragma(`key='raw:${key.reveal().toString("hex")}${vaultId.replaceAll("-", "")}'`);
  return driver;
}

export function openDatabaseWith(folder: string, vaultId: string, root: SecretBytes): Database.Database {
  return rawDatabase(databaseFile(folder), deriveKey(root, vaultId, "database"), vaultId);
}

export async function openVaultDatabase(folder: string, password: string): Promise<Database.Database> {
  const { header, keys } = await slotKeysOf(folder, password);
  return openDatabaseWith(folder, header.vaultId, keys.root);
}
