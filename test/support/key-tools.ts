import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A private folder for one test file's keys; `remove` deletes it. */
export interface KeyFolder {
  readonly path: string;
  file(name: string): string;
  /** Writes 0600, as ssh-keygen demands, and returns the path. */
  write(name: string, content: Uint8Array | string): string;
  read(name: string): Buffer;
  remove(): void;
}

export function makeKeyFolder(): KeyFolder {
  const path = mkdtempSync(join(tmpdir(), "keystead-keys-"));
  const file = (name: string): string => join(path, name);
  return {
    path,
    file,
    write(name, content) {
      writeFileSync(file(name), content, { mode: 0o600 });
      return file(name);
    },
    read: (name) => readFileSync(file(name)),
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}

/** Runs a tool and returns its standard output; throws with its standard error when it fails. */
export function run(tool: string, args: readonly string[], input?: Uint8Array | string): string {
  const result = spawnSync(tool, args, { input: input ?? "", encoding: "utf8", timeout: 60_000 });
  if (result.error !== undefined) throw result.error;
  if (result.status !== 0) throw new Error(`${tool} ${args.join(" ")}: ${result.status} ${result.stderr}`);
  return result.stdout;
}

export function hasTool(tool: string, ...args: readonly string[]): boolean {
  return spawnSync(tool, args).error === undefined;
}

/** Says on standard error what is not proved on this machine, and why. */
export function announceMissing(tool: string): void {
  process.stderr.write(`\nMISSING TOOL ${tool}: the tests that use it as a witness are skipped on this machine.\n`);
}
