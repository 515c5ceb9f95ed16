import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * What may appear beside a vault that refused to open: the lock file, which holds nothing, and the note of refusals, which is
 * written on purpose (V02).
 */
const SIDE_FILES = new Set(["vault.lock", "vault.failures.jsonl"]);

/**
 * SHA-256 of every file of a vault that no process of this test holds open (closing another handle on an open SQLite file
 * would drop its POSIX locks).
 */
export function vaultFingerprint(folder: string): Readonly<Record<string, string>> {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
  const files = names.filter((name) => !SIDE_FILES.has(name) && statSync(join(folder, name)).isFile());
  return Object.fromEntries(
    files.map((name) => [
      name,
      createHash("sha256")
        .update(readFileSync(join(folder, name)))
        .digest("hex"),
    ]),
  );
}

export const headerFile = (folder: string) => join(folder, "vault.json");
export const databaseFile = (folder: string) => join(folder, "vault.db");

// biome-ignore lint/suspicious/noExplicitAny: a header to be damaged in ways its type forbids
export type LooseHeader = any;

export function readHeaderJson(folder: string): LooseHeader {
  return JSON.parse(readFileSync(headerFile(folder), "utf8"));
}

/** Edits the header as somebody without any key can: content changed, checksum made to fit, unless told to leave it. */
export function editHeader(folder: string, edit: (header: LooseHeader) => void, fixChecksum: boolean): void {
  const header = readHeaderJson(folder);
  edit(header);
  const { checksum: old, ...sealed } = header;
  const checksum = fixChecksum ? createHash("sha256").update(JSON.stringify(sealed)).digest("hex") : old;
  writeFileSync(headerFile(folder), `${JSON.stringify({ ...sealed, checksum }, null, 2)}\n`);
}

/** Whether any file of the folder holds `bytes`. */
export function filesHolding(folder: string, bytes: Buffer): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => {
    const path = join(folder, name);
    return statSync(path).isFile() && readFileSync(path).includes(bytes);
  });
}
