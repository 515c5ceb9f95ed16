import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { makeFolders } from "#main/adapters/files/make-folders.ts";

const root = mkdtempSync(join(tmpdir(), "keystead-folders-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

it("V01 makes every folder that is missing, for its owner alone, and is content with one that is there", () => {
  const path = join(root, "a", "b");
  makeFolders(path, 0o700);
  makeFolders(path, 0o700);
  for (const made of [join(root, "a"), path]) expect(statSync(made).mode & 0o777).toBe(0o700);
});

it("V01 leaves a file where it is", () => {
  const file = join(root, "file");
  writeFileSync(file, "");
  expect(() => makeFolders(file, 0o700)).toThrow(/EEXIST/);
  expect(() => makeFolders(join(file, "below"), 0o700)).toThrow(/EEXIST|ENOTDIR/);
});
