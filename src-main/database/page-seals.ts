import { statSync } from "node:fs";
import { open } from "node:fs/promises";
import { sha256 } from "#main/crypto/hash.ts";

const PAGE_BYTES = 4096;
/** What SQLCipher keeps at the end of each page: initialisation vector (16), HMAC-SHA-512 (64). */
const SEAL_BYTES = 80;
const CHUNK_PAGES = 256;

/**
 * SHA-256, hex, of the seals of all pages of a closed database in their order. A page's own seal says that it was written by us
 * and belongs at its place, not that it is the newest one: an older page of the same file put back is found by this alone.
 * `undefined` where a write-ahead log has anything to add, and where there is no file to read.
 */
export async function pageSealsOf(file: string): Promise<string | undefined> {
  if (!isFile(file) || (statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0) return undefined;
  const handle = await open(file, "r");
  try {
    const seals: Buffer[] = [];
    const chunk = Buffer.alloc(CHUNK_PAGES * PAGE_BYTES);
    for (;;) {
      const { bytesRead } = await handle.read(chunk, 0, chunk.length);
      if (bytesRead === 0) break;
      // A part of a page at the end has no seal; SQLite says that the file is damaged.
      for (let end = PAGE_BYTES; end <= bytesRead; end += PAGE_BYTES)
        seals.push(Buffer.from(chunk.subarray(end - SEAL_BYTES, end)));
      if (bytesRead < chunk.length) break;
    }
    return sha256(Buffer.concat(seals)).toString("hex");
  } finally {
    await handle.close();
  }
}

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true;
