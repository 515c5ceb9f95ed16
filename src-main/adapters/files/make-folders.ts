import { mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { systemCode } from "./file-trouble.ts";

/**
 * Makes the folder and those above it. Not `mkdirSync` with `recursive`: that one never comes back where the system says
 * ENOENT for a folder whose parent is there, as below /proc. Here each is tried once, and what the system says is the end.
 */
export function makeFolders(path: string, mode: number): void {
  const missing: string[] = [];
  for (let place = resolve(path); !isFolder(place); place = dirname(place)) missing.push(place);
  for (const place of missing.toReversed()) {
    try {
      mkdirSync(place, { mode });
    } catch (error) {
      // Another process may have made it meanwhile.
      if (systemCode(error) !== "EEXIST" || !isFolder(place)) throw error;
    }
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
