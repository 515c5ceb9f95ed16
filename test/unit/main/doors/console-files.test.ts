import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { loadConsoleFiles } from "#main/doors/console-files.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "keystead-files-test-"));
  await mkdir(join(folder, "assets/deep"), { recursive: true });
  await writeFile(join(folder, "index.html"), '<meta content="__CSP_NONCE__"><i>__CSP_NONCE__</i>');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it("G01 G02 serves files of known types under their path, and no page, map, link or stranger", async () => {
  await writeFile(join(folder, "shim.js"), "1");
  await writeFile(join(folder, "assets/deep/a.css"), "2");
  for (const name of ["a.js.map", "a.html", "a.json", "a.txt", "a"]) await writeFile(join(folder, "assets", name), "3");
  await symlink("/etc/passwd", join(folder, "assets/link.js"));
  await symlink("/etc", join(folder, "assets/etc"));
  const { assets } = await loadConsoleFiles(folder);
  expect([...assets].map(([path, { type, bytes }]) => [path, type, bytes.toString()]).sort()).toEqual([
    ["/assets/deep/a.css", "text/css; charset=utf-8", "2"],
    ["/shim.js", "text/javascript; charset=utf-8", "1"],
  ]);
});

it("G01 G02 puts the nonce wherever the page asks for it", async () => {
  const { page } = await loadConsoleFiles(folder);
  expect(page("n/1==").toString()).toBe('<meta content="n/1=="><i>n/1==</i>');
});

it("G01 G02 refuses a folder without a console", async () => {
  await writeFile(join(folder, "index.html"), "<p>something else</p>");
  await expect(loadConsoleFiles(folder)).rejects.toThrow("no place for the policy's nonce");
  await rm(join(folder, "index.html"));
  await expect(loadConsoleFiles(folder)).rejects.toThrow("ENOENT");
});
