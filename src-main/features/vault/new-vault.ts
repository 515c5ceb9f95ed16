import type { Clock } from "#main/clock.ts";
import { deriveKey } from "#main/crypto/derive.ts";
import { randomId, randomSecret } from "#main/crypto/random.ts";
import type { SecretBytes } from "#main/crypto/secret-bytes.ts";
import { chainStart } from "#main/features/audit/ledger.ts";
import { buildNewVault } from "./build-vault.ts";
import { encodeHeader, type Header, headerVersion } from "./header.ts";
import { makePasswordSlot } from "./key-slot.ts";
import { noteSlots } from "./noted-slots.ts";
import { insertOwner } from "./settings-rows.ts";
import type { VaultFolder } from "./vault-folder.ts";

export interface NewVault {
  readonly vaultName: string;
  readonly userId: string;
  readonly userName: string;
}

/**
 * Makes both files of a new vault and puts them in their place; whoever calls holds the folder. Killed at any point, this
 * leaves no vault or a whole one. Error: `vault/disk-failed`.
 */
export async function makeVault(
  folder: VaultFolder,
  clock: Clock,
  wish: NewVault,
  password: SecretBytes,
): Promise<void> {
  const { vaultName, ...user } = wish;
  using root = randomSecret(32);
  using own = randomSecret(32);
  const vaultId = randomId();
  const slot = await makePasswordSlot({ vaultId, ...user }, { root, user: own }, password);
  const start = chainStart(vaultId);
  const header: Header = {
    format: "keystead-vault",
    version: headerVersion([slot]),
    vaultId,
    createdAt: clock.now(),
    writeCount: 1,
    slots: [slot],
    auditHead: { sequence: 0, mac: start.mac.toString("hex"), checkpoint: 0, time: clock.now() },
  };
  const vault = await buildNewVault(header, root, folder.newDatabase);
  await vault.db.transaction(async (tx) => {
    await insertOwner(tx, user, vaultName, clock.now());
    await noteSlots(tx, header.slots);
  });
  await vault.commits.close();
  await vault.db.close();
  vault.dispose();
  using headerKey = deriveKey(root, vaultId, "header");
  folder.place(encodeHeader(header, headerKey));
}
