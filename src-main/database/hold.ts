import { rmSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { writeFileAtomic } from "#main/adapters/files/atomic-write.ts";
import { readPlainFile } from "#main/adapters/files/plain-file.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { type VaultHolder, vaultHolder } from "#shared/models/vault.ts";

/**
 * One process holds a vault at a time. The lock itself is SQLite's file lock on `vault.lock` (fcntl or LockFileEx), which the
 * operating system drops when the process ends however it ends; `vault.holder.json` only tells people who it is.
 */
export interface Hold {
  release(): void;
}

const lockFile = (folder: string) => join(folder, "vault.lock");
const holderFile = (folder: string) => join(folder, "vault.holder.json");

const NOTE_MOST_BYTES = 4096;

/** Others look for an instant only; what is still locked after this is held. */
const LOOKERS_GONE_MS = 200;

/** Takes the vault for this process. Error: `vault/held-by-other` with `pid`, `host`, `door`, `since`. */
export function takeHold(folder: string, holder: VaultHolder): Hold {
  const lock = tryLock(folder, "BEGIN EXCLUSIVE", LOOKERS_GONE_MS);
  if (lock === undefined) {
    const other = readHolder(folder);
    const who = other === undefined ? "Another process" : `Process ${other.pid} on ${other.host} (${other.door})`;
    throw new KeysteadError(
      "vault/held-by-other",
      `${who} holds this vault. Lock it there, or end that process, and try again.`,
      {
        pid: other?.pid,
        host: other?.host,
        door: other?.door,
        since: other?.since,
      },
    );
  }
  try {
    writeFileAtomic(holderFile(folder), Buffer.from(`${JSON.stringify(holder)}\n`), 0o600);
  } catch (error) {
    lock.close();
    throw error;
  }
  return {
    release() {
      rmSync(holderFile(folder), { force: true });
      lock.close();
    },
  };
}

/**
 * Who holds the vault now; `undefined` when nobody does. Looks by a reader's lock: two who look must not take each other for a
 * holder, and whoever takes the vault waits until they have looked.
 */
export function currentHolder(folder: string): VaultHolder | undefined {
  const lock = tryLock(folder, "BEGIN; SELECT count(*) FROM sqlite_schema", 0);
  if (lock === undefined) return readHolder(folder) ?? { pid: 0, host: "unknown", door: "unknown", since: 0 };
  lock.close();
  return undefined;
}

function tryLock(folder: string, take: string, timeout: number): Database.Database | undefined {
  let lock: Database.Database | undefined;
  try {
    lock = new Database(lockFile(folder), { timeout });
    // Nothing is ever written: with a journal on the disk a full one could not even be asked who holds the vault.
    lock.pragma("journal_mode=MEMORY");
    lock.exec(take);
    return lock;
  } catch (error) {
    lock?.close();
    if (error instanceof Database.SqliteError && error.code.startsWith("SQLITE_BUSY")) return undefined;
    throw new KeysteadError(
      "vault/disk-failed",
      `The lock file ${lockFile(folder)} cannot be used. Check that you may write to the vault folder; when no Keystead runs, the file may be deleted.`,
      { file: lockFile(folder) },
      { cause: error },
    );
  }
}

function readHolder(folder: string): VaultHolder | undefined {
  try {
    return vaultHolder.parse(JSON.parse(readPlainFile(holderFile(folder), NOTE_MOST_BYTES).toString("utf8")));
  } catch {
    // Missing or half-written by a process that has just died: the lock, not this note, is what counts.
    return undefined;
  }
}
