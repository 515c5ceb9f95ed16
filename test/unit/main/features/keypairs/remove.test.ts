import { afterAll, expect, it } from "vitest";
import { randomId, randomSecret } from "#main/crypto/random.ts";
import { openDatabase } from "#main/database/open.ts";
import type { Call } from "#main/dispatch/handlers.ts";
import { keypairHandlers } from "#main/features/keypairs/index.ts";
import type { KeypairParts } from "#main/features/keypairs/keypair-parts.ts";
import { insertKeypair, type KeypairRow, NOT_ON_TOKEN } from "#main/features/keypairs/keypair-repository.ts";
import { insertServer, type ServerRow, saveBinding } from "#main/features/servers/server-repository.ts";
import { insertOwner } from "#main/features/vault/settings-rows.ts";
import { TestFolder } from "#test/support/kernel.ts";

const folder = new TestFolder("remove");
afterAll(() => folder[Symbol.dispose]());

const KEYPAIR: KeypairRow = {
  id: "k",
  name: "k",
  spec: "ed25519",
  scope: "account",
  ownerId: "u",
  comment: "k",
  publicBlob: Buffer.from("k"),
  fingerprintSha256: "SHA256:k",
  fingerprintMd5: "MD5:k",
  privateHalf: "cleared",
  privateSealed: null,
  sealVersion: 1,
  sealedUnder: null,
  ...NOT_ON_TOKEN,
  createdAt: 0,
  updatedAt: 0,
};
const SERVER: ServerRow = {
  id: "s",
  name: "web",
  host: "a.example",
  port: 22,
  user: "root",
  profile: "strict",
  reachability: "unknown",
  problemCode: null,
  problemMessage: null,
  lastSeenAt: null,
  serverVersion: null,
  passwordLogin: "unknown",
  createdAt: 0,
  updatedAt: 0,
};
const PROVED = { user: "root", state: "bound", authorizedKeysPath: "", provedAt: 1 } as const;

it("P04 a key pair that was bound after it was looked at is not deleted without a word", async () => {
  const vaultId = randomId();
  const db = openDatabase({ file: folder.at("vault.db"), key: randomSecret(32), vaultId, mode: "create" });
  await db.transaction(async (tx) => {
    await insertOwner(tx, { userId: "u", userName: "olga" }, "V", 0);
    await insertKeypair(tx, KEYPAIR);
    await insertServer(tx, SERVER);
  });
  const call = { vault: { read: db.read }, session: { userId: "u" } } as Call;
  const { change } = await keypairHandlers({} as KeypairParts).remove({ id: "k", acceptBound: false }, call);
  // As the last commit of a task does it, between what the handler has read and what it writes.
  await db.transaction((tx) => saveBinding(tx, { serverId: "s", keypairId: "k", ...PROVED }));
  const deletion = db.transaction(async (tx) => change?.(tx));
  await expect(deletion).rejects.toMatchObject({ code: "keypairs/in-use", details: { boundServers: ["web"] } });
  await db.close();
});
