import { closeSync, constants, fstatSync, fsyncSync, openSync, readFileSync, writeSync } from "node:fs";

// Anybody who may write to the folder can put a pipe in a file's place: opening one must not wait for its other end.
const AT_ONCE = constants.O_NONBLOCK ?? 0;

/** The whole of a file of ours. Throws what the system says; a RangeError for one that is none, or has more than `most` bytes. */
export function readPlainFile(path: string, most: number): Buffer {
  const handle = openSync(path, constants.O_RDONLY | AT_ONCE);
  try {
    const facts = fstatSync(handle);
    if (!facts.isFile() || facts.size > most) throw new RangeError(`${path} is no file of ours`);
    return readFileSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Adds to a file of ours, durably, and makes it where there is none, mode 0600. Follows no link: it would lead out of the folder. */
export function appendPlainFile(path: string, text: string): void {
  const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | AT_ONCE | (constants.O_NOFOLLOW ?? 0);
  const handle = openSync(path, flags, 0o600);
  try {
    if (!fstatSync(handle).isFile()) throw new RangeError(`${path} is no file of ours`);
    writeSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
