import { closeSync, constants, fchmodSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { fileTrouble, systemCode } from "./file-trouble.ts";

function writeWhole(handle: number, bytes: Uint8Array): void {
  let written = 0;
  while (written < bytes.length) written += writeSync(handle, bytes, written);
  fsyncSync(handle);
}

/**
 * Has `work` make or replace an entry of the folder, and makes that durable. The folder is opened before: one that cannot be is
 * found while nothing has changed. Windows keeps no handle on folders and needs none.
 */
function durably(folder: string, work: () => void): void {
  const handle = process.platform === "win32" ? undefined : openSync(folder, "r");
  try {
    work();
    if (handle !== undefined) fsyncSync(handle);
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}

/** Makes a rename or a new entry durable. */
export const syncFolder = (folder: string): void => durably(folder, () => undefined);

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
    // Left by a process that was killed, or put there by somebody as a link to what is not ours: neither is written through.
    rmSync(temporary, { force: true });
    const handle = openSync(temporary, "wx", mode);
    try {
      fchmodSync(handle, mode);
      writeWhole(handle, bytes);
    } finally {
      closeSync(handle);
    }
  });
  return {
    place: () => orDrop(() => durably(dirname(path), () => renameSync(temporary, path))),
    drop: () => rmSync(temporary, { force: true }),
  };
}

/**
 * Writes a file that must not exist yet, mode 0600, without following a link at its last component.
 * Errors: `files/exists`, `files/not-writable`.
 */
export function writeNewPrivateFile(path: string, bytes: Uint8Array): void {
  let made = false;
  try {
    durably(dirname(path), () => {
      const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);
      const handle = openSync(path, flags, 0o600);
      made = true;
      try {
        fchmodSync(handle, 0o600);
        writeWhole(handle, bytes);
      } finally {
        closeSync(handle);
      }
    });
  } catch (error) {
    if (made) rmSync(path, { force: true });
    throw notWritten(error, path, made);
  }
}

function notWritten(cause: unknown, path: string, begun: boolean): KeysteadError {
  if (!begun && systemCode(cause) === "EEXIST")
    return new KeysteadError(
      "files/exists",
      `${path} exists already and is not overwritten. Choose another folder or move that file away.`,
      { path },
    );
  const what = begun ? "could not be written completely" : "cannot be written";
  return new KeysteadError("files/not-writable", `${path} ${what}: ${fileTrouble(cause)}`, { path }, { cause });
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
