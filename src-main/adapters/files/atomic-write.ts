import { closeSync, constants, fchmodSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { fileTrouble, systemCode } from "./file-trouble.ts";

function writeWhole(handle: number, bytes: Uint8Array): void {
  let written = 0;
  while (written < bytes.length) written += writeSync(handle, bytes, written);
  fsyncSync(handle);
}

/** Makes a rename or a new entry durable. Windows keeps no handle on folders and needs none. */
export function syncFolder(folder: string): void {
  if (process.platform === "win32") return;
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/**
 * Replaces `path` so that a reader, or a crash at any instant, sees the old bytes or the new ones: temporary file beside it,
 * fsync, rename, fsync of the folder. Error: `vault/disk-failed`.
 */
export function writeFileAtomic(path: string, bytes: Uint8Array, mode: number): void {
  prepareFile(path, bytes, mode).place();
}

/** Bytes on the disk beside the file they are for. One of the two is called. */
export interface PreparedFile {
  /** Needs no space on the disk any more. Error: `vault/disk-failed`. */
  place(): void;
  drop(): void;
}

/** The first half of `writeFileAtomic`. Two that are prepared for one path at a time need different purposes. */
export function prepareFile(path: string, bytes: Uint8Array, mode: number, purpose = ""): PreparedFile {
  const temporary = `${path}${purpose}.${process.pid}.tmp`;
  const orDrop = (work: () => void) => {
    try {
      work();
    } catch (error) {
      rmSync(temporary, { force: true });
      throw diskError(error, path);
    }
  };
  orDrop(() => {
    const handle = openSync(temporary, "w", mode);
    try {
      fchmodSync(handle, mode);
      writeWhole(handle, bytes);
    } finally {
      closeSync(handle);
    }
  });
  return {
    place: () =>
      orDrop(() => {
        renameSync(temporary, path);
        syncFolder(dirname(path));
      }),
    drop: () => rmSync(temporary, { force: true }),
  };
}

/**
 * Writes a file that must not exist yet, mode 0600, without following a link at its last component.
 * Errors: `files/exists`, `files/not-writable`.
 */
export function writeNewPrivateFile(path: string, bytes: Uint8Array): void {
  let handle: number;
  try {
    handle = openSync(
      path,
      constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0),
      0o600,
    );
  } catch (error) {
    if (systemCode(error) === "EEXIST")
      throw new KeysteadError(
        "files/exists",
        `${path} exists already and is not overwritten. Choose another folder or move that file away.`,
        { path },
      );
    throw new KeysteadError(
      "files/not-writable",
      `${path} cannot be written: ${fileTrouble(error)}`,
      { path },
      { cause: error },
    );
  }
  try {
    fchmodSync(handle, 0o600);
    writeWhole(handle, bytes);
  } catch (error) {
    rmSync(path, { force: true });
    throw new KeysteadError(
      "files/not-writable",
      `${path} could not be written completely: ${fileTrouble(error)}`,
      { path },
      { cause: error },
    );
  } finally {
    closeSync(handle);
  }
  syncFolder(dirname(path));
}

function diskError(error: unknown, path: string): KeysteadError {
  const code = systemCode(error);
  return new KeysteadError(
    "vault/disk-failed",
    `${path} could not be written (${code}). Check the disk's space and the folder's permissions; what was there before is unchanged.`,
    { path, code },
    { cause: error },
  );
}
