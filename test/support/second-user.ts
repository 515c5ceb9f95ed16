import { writeFileSync } from "node:fs";
import { deriveKey } from "#main/crypto/derive.ts";
import { randomId, randomSecret } from "#main/crypto/random.ts";
import { SecretBytes } from "#main/crypto/secret-bytes.ts";
import { encodeHeader } from "#main/features/vault/header.ts";
import { makePasswordSlot } from "#main/features/vault/key-slot.ts";
import { SLOTS_ROW, slotsDigest } from "#main/features/vault/noted-slots.ts";
import { headerFile } from "./vault-files.ts";
import { openDatabaseWith, slotKeysOf } from "./vault-keys.ts";

export interface UserWish {
  readonly userName: string;
  readonly password: string;
  /** Permission patterns. */
  readonly actions: readonly string[];
}

/** Adds a user to a locked vault: the same slot and row that the user feature will make once it is there. */
export async function addUser(folder: string, ownerPassword: string, wish: UserWish): Promise<string> {
  const { header, keys } = await slotKeysOf(folder, ownerPassword);
  const owner = { vaultId: header.vaultId, userId: randomId(), userName: wish.userName };
  using password = SecretBytes.fromText(wish.password);
  const slot = await makePasswordSlot(owner, { root: keys.root, user: randomSecret(32) }, password);
  using headerKey = deriveKey(keys.root, header.vaultId, "header");
  const slots = [...header.slots, slot];
  writeFileSync(headerFile(folder), encodeHeader({ ...header, slots, writeCount: header.writeCount + 1 }, headerKey));
  const database = openDatabaseWith(folder, header.vaultId, keys.root);
  database
    .prepare("INSERT INTO users (id, name, actionsJson, createdAt) VALUES (?, ?, ?, 0)")
    .run(owner.userId, wish.userName, JSON.stringify(wish.actions));
  database
    .prepare("INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value")
    .run(SLOTS_ROW, JSON.stringify(slotsDigest(slots)));
  database.close();
  return owner.userId;
}
