import { chmodSync, existsSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { type PreparedFile, prepareFile, syncFolder, writeFileAtomic } from "#main/adapters/files/atomic-write.ts";
import { makeFolders } from "#main/adapters/files/make-folders.ts";
import { readPlainFile } from "#main/adapters/files/plain-file.ts";
import { isKeysteadError, KeysteadError } from "#shared/errors/keystead-error.ts";
import { HEADER_MAX_BYTES } from "./header.ts";

/** The files of one vault. The folder can be copied to another machine while nobody holds the vault. */
export class VaultFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  get header(): string {
    return join(this.path, "vault.json");
  }

  get database(): string {
    return join(this.path, "vault.db");
  }

  /** Where a vault is built before both of its files stand; never the only copy of anything acknowledged. */
  get newDatabase(): string {
    return join(this.path, "vault.db.new");
  }

  get newHeader(): string {
    return join(this.path, "vault.json.new");
  }

  get exports(): string {
    return join(this.path, "exports");
  }

  get failures(): string {
    return join(this.path, "vault.failures.jsonl");
  }

  /** Makes the folder, mode 0700, for a new vault. Errors: `vault/folder-shared`, `vault/disk-failed`. */
  make(): void {
    try {
      this.#refuseShared();
      makeFolders(this.path, 0o700);
      chmodSync(this.path, 0o700);
    } catch (error) {
      if (isKeysteadError(error)) throw error;
      throw new KeysteadError(
        "vault/disk-failed",
        `The vault folder ${this.path} cannot be made. Choose a folder you may write to.`,
        { folder: this.path },
        { cause: error },
      );
    }
  }

  /** Shutting a folder that others work in, `/tmp` or a home, would take it from them. */
  #refuseShared(): void {
    const facts = statSync(this.path, { throwIfNoEntry: false });
    if (facts?.isDirectory() !== true || process.platform === "win32" || (facts.mode & 0o077) === 0) return;
    if (readdirSync(this.path).every((name) => name.startsWith("vault.") || name === "exports")) return;
    throw new KeysteadError(
      "vault/folder-shared",
      `${this.path} holds other things and is open to other users of this machine. A vault's folder is for its owner alone: choose a new or an empty one (KEYSTEAD_HOME).`,
      { folder: this.path },
    );
  }

  exists(): boolean {
    return this.#standingHeader() !== undefined;
  }

  /**
   * Where the header is. Between the two renames of a creation, cut there or under way in another process, it is whole under
   * its first name: who does not hold the vault reads it there and leaves the renaming to the holder.
   */
  #standingHeader(): string | undefined {
    if (existsSync(this.header)) return this.header;
    if (this.#isHalfPlaced()) return this.newHeader;
    // Its holder may have renamed it between the two looks.
    return existsSync(this.header) ? this.header : undefined;
  }

  #isHalfPlaced(): boolean {
    return existsSync(this.newHeader) && existsSync(this.database) && !existsSync(this.newDatabase);
  }

  /** Before a new vault is made. Errors: exists, header-unreadable (a database whose header is gone). */
  refuseExisting(): void {
    if (this.exists())
      throw new KeysteadError(
        "vault/exists",
        `There is a vault in ${this.path} already. Unlock it, or choose another folder.`,
      );
    if (this.hasDatabase()) this.readHeader();
  }

  hasDatabase(): boolean {
    return existsSync(this.database);
  }

  /** The header's bytes. Errors: not-created, header-unreadable (a database without its header included). */
  readHeader(): Buffer {
    const standing = this.#standingHeader();
    if (standing === undefined) {
      if (this.hasDatabase()) {
        throw new KeysteadError(
          "vault/header-unreadable",
          "The vault's header vault.json is missing beside its database. Restore it from a backup; without it the database cannot be opened.",
          { folder: this.path },
        );
      }
      throw new KeysteadError("vault/not-created", `There is no vault in ${this.path} yet. Create one first.`, {
        folder: this.path,
      });
    }
    try {
      return readPlainFile(standing, HEADER_MAX_BYTES);
    } catch (error) {
      // For the reader of headers, who says what is wrong with it.
      if (error instanceof RangeError) return Buffer.alloc(HEADER_MAX_BYTES + 1);
      // Given its own name since: there it stays.
      if (standing === this.newHeader && existsSync(this.header)) return this.readHeader();
      throw new KeysteadError(
        "vault/disk-failed",
        "The vault's header vault.json cannot be read from the disk. Check the folder's permissions.",
        { folder: this.path },
        { cause: error },
      );
    }
  }

  writeHeader(bytes: Uint8Array): void {
    writeFileAtomic(this.header, bytes, 0o600);
  }

  /** Puts ready what a change of the header is taken back with: on a disk that is full by then it could not be written. */
  prepareHeader(bytes: Uint8Array): PreparedFile {
    return prepareFile(this.header, bytes, 0o600, ".back");
  }

  /**
   * A new vault takes its place. The header is complete on disk before the first rename, so a crash between the two leaves
   * a state that `finishCreation` completes. Call while holding the vault.
   */
  place(headerBytes: Uint8Array): void {
    chmodSync(this.newDatabase, 0o600);
    writeFileAtomic(this.newHeader, headerBytes, 0o600);
    renameSync(this.newDatabase, this.database);
    // The database's name must be on the disk before the header's: a header alone looks like a vault that lost its data.
    syncFolder(this.path);
    renameSync(this.newHeader, this.header);
    syncFolder(this.path);
  }

  /** Completes a creation that was cut between its two renames. Call while holding the vault: it may be under way elsewhere. */
  finishCreation(): void {
    if (existsSync(this.header) || !this.#isHalfPlaced()) return;
    renameSync(this.newHeader, this.header);
    syncFolder(this.path);
  }

  /** Half-written files of processes that were killed. Call while holding the vault: then nobody else writes one. */
  clearTemporary(): void {
    for (const name of readdirSync(this.path))
      if (/^vault\.(?:json|json\.new|json\.back|holder\.json)\.\d+\.tmp$/.test(name))
        rmSync(join(this.path, name), { force: true });
  }

  /** Leavings of a creation that never finished; they hold nothing anybody was told of. */
  clearUnfinished(): void {
    rmSync(this.newHeader, { force: true });
    for (const end of ["", "-wal", "-shm", "-journal"]) rmSync(`${this.newDatabase}${end}`, { force: true });
  }
}
