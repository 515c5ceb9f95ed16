import { seal, unseal } from "#main/crypto/seal.ts";
import { SecretBytes } from "#main/crypto/secret-bytes.ts";
import type { ReadableDb } from "#main/database/brands.ts";
import type { VaultDatabase } from "#main/database/open.ts";
import type { CommitQueue } from "#main/dispatch/commit-queue.ts";
import type { Ledger } from "#main/features/audit/ledger.ts";
import type { VaultWarning } from "#shared/models/vault.ts";
import type { Header } from "./header.ts";
import type { SlotKeys } from "./key-slot.ts";

/** Names a sealed value's place within this vault. */
export interface Place {
  readonly table: string;
  readonly rowId: string;
  readonly column: string;
  readonly version: number;
  /** The user whose own key seals it; everybody with the vault open when absent. */
  readonly onlyFor?: string | undefined;
}

/** The vault while it is open: its data, its writer, its keys. Gone for good after lock. */
export class OpenVault {
  readonly vaultId: string;
  readonly db: VaultDatabase;
  readonly commits: CommitQueue;
  readonly ledger: Ledger;
  warnings: VaultWarning[] = [];
  /** First trace that the header vouches for and the database did not have when it was opened; absent when all is there. */
  missingFrom: number | undefined;
  header: Header;
  readonly headerKey: SecretBytes;
  readonly signingSeed: SecretBytes;
  readonly auditKey: SecretBytes;
  readonly #sealKey: SecretBytes;
  /** Only so that one more slot can be made; everything else has a key of its own. */
  readonly #root: SecretBytes;
  /** Private key pairs open only with their owner's key, which is here only once that user has logged in. */
  readonly #userKeys = new Map<string, SecretBytes>();

  constructor(parts: {
    readonly header: Header;
    readonly db: VaultDatabase;
    readonly commits: CommitQueue;
    readonly ledger: Ledger;
    readonly headerKey: SecretBytes;
    readonly signingSeed: SecretBytes;
    readonly auditKey: SecretBytes;
    readonly sealKey: SecretBytes;
    readonly root: SecretBytes;
  }) {
    this.vaultId = parts.header.vaultId;
    this.header = parts.header;
    this.db = parts.db;
    this.commits = parts.commits;
    this.ledger = parts.ledger;
    this.headerKey = parts.headerKey;
    this.signingSeed = parts.signingSeed;
    this.auditKey = parts.auditKey;
    this.#sealKey = parts.sealKey;
    this.#root = parts.root;
  }

  get read(): ReadableDb {
    return this.db.read;
  }

  /** Takes over `key`. */
  admitUser(userId: string, key: SecretBytes): void {
    this.#userKeys.get(userId)?.dispose();
    this.#userKeys.set(userId, key);
  }

  seal(place: Place, plaintext: SecretBytes): Buffer {
    return seal(this.#keyFor(place), { vaultId: this.vaultId, ...place }, plaintext);
  }

  /** The caller disposes the value. Error: `vault/sealed-value-damaged`. */
  unseal(place: Place, sealed: Uint8Array): SecretBytes {
    return unseal(this.#keyFor(place), { vaultId: this.vaultId, ...place }, sealed);
  }

  /** Whether values sealed for this user can be opened now. */
  hasUserKey(userId: string): boolean {
    return this.#userKeys.has(userId);
  }

  /** Copies of what a slot of this user wraps; the caller disposes them. */
  slotKeysOf(userId: string): SlotKeys {
    const user = this.#userKeys.get(userId);
    if (user === undefined) throw new TypeError("A slot was asked for a user who has not logged in");
    return { root: SecretBytes.copyOf(this.#root.reveal()), user: SecretBytes.copyOf(user.reveal()) };
  }

  #keyFor(place: Place): SecretBytes {
    if (place.onlyFor === undefined) return this.#sealKey;
    const key = this.#userKeys.get(place.onlyFor);
    if (key === undefined) throw new TypeError("A value sealed for a user was touched without that user's key");
    return key;
  }

  /** Zeroes every key. The database and the queue are closed by the keeper before. */
  dispose(): void {
    const { headerKey, signingSeed, auditKey } = this;
    for (const key of [headerKey, signingSeed, auditKey, this.#sealKey, this.#root, ...this.#userKeys.values()])
      key.dispose();
    this.#userKeys.clear();
    this.ledger[Symbol.dispose]();
  }
}
