import { close, fstat, open, read, type Stats } from "node:fs";
import { promisify } from "node:util";
import { fileTrouble, systemCode } from "#main/adapters/files/file-trouble.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { LIMITS } from "#shared/limits.ts";
import { unusableDescriptor } from "./descriptor-check.ts";

/** UTF-8 takes at most four bytes a character; nothing secret is longer than a key file. */
const MOST_BYTES = LIMITS.keyFileBytes * 4;
const BUSY_WAIT_MS = 20;

const openFile = promisify(open);
const closeFile = promisify(close);
const statOf: (fd: number) => Promise<Stats> = promisify(fstat);

/**
 * Reads a secret from a file: text, one trailing line end removed. `warn` is told when others may read the file.
 * Error: `request/secret-unreadable`.
 */
export async function secretFromFile(path: string, warn: (message: string) => void): Promise<string> {
  let fd: number;
  try {
    fd = await openFile(path, "r");
  } catch (cause) {
    throw unreadable(`The file ${path} with the secret cannot be opened: ${fileTrouble(cause)}`, cause);
  }
  try {
    const facts = await statOf(fd);
    if (facts.isFile() && (facts.mode & 0o077) !== 0 && process.platform !== "win32")
      warn(`${path} holds a secret and other users of this machine may read it. Use: chmod 600 ${path}`);
    return await readAll(fd, path);
  } finally {
    await closeFile(fd);
  }
}

/** Reads a secret from a descriptor the caller has opened for us, to its end. Error: `request/secret-unreadable`. */
export async function secretFromDescriptor(written: string): Promise<string> {
  if (!/^\d{1,5}$/.test(written)) throw unreadable("A descriptor is a number, e.g. 3 for 3<file.");
  const fd = Number(written);
  const reason = unusableDescriptor(fd);
  if (reason !== undefined) throw unreadable(reason);
  return readAll(fd, `descriptor ${fd}`);
}

async function readAll(fd: number, from: string): Promise<string> {
  const bytes = Buffer.alloc(MOST_BYTES + 1);
  try {
    let length = 0;
    for (;;) {
      const count = await readSome(fd, bytes, length);
      if (count === 0) break;
      length += count;
      if (length > MOST_BYTES) throw unreadable(`What ${from} holds is too long to be a secret.`);
    }
    return textOf(bytes.subarray(0, length), from);
  } catch (cause) {
    if (cause instanceof KeysteadError) throw cause;
    throw unreadable(`The secret cannot be read from ${from}: ${fileTrouble(cause)}`, cause);
  } finally {
    bytes.fill(0);
  }
}

/** A descriptor that does not block answers EAGAIN until its writer has written. */
async function readSome(fd: number, bytes: Buffer, offset: number): Promise<number> {
  for (;;) {
    try {
      return await new Promise<number>((resolve, reject) => {
        read(fd, bytes, offset, bytes.length - offset, null, (error, count) =>
          error === null ? resolve(count) : reject(error),
        );
      });
    } catch (error) {
      if (systemCode(error) !== "EAGAIN") throw error;
      await new Promise((resolve) => setTimeout(resolve, BUSY_WAIT_MS));
    }
  }
}

function textOf(bytes: Uint8Array, from: string): string {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw unreadable(`What ${from} holds is not UTF-8 text.`, cause);
  }
  const line = text.replace(/\r?\n$/, "");
  if (line === "") throw unreadable(`${from} holds no secret: it is empty.`);
  return line;
}

function unreadable(message: string, cause?: unknown): KeysteadError {
  return new KeysteadError("request/secret-unreadable", message, {}, { cause });
}
