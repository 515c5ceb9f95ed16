import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { readKnownHostsFrom, usualKnownHosts } from "#main/adapters/files/known-hosts-files.ts";

const folder = mkdtempSync(join(tmpdir(), "keystead-known-"));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);

it("B47 reads what is there, says what is absent, and never takes the unreadable for absent", async () => {
  writeFileSync(at("plain"), "a line\n");
  symlinkSync("plain", at("link"));
  symlinkSync("nowhere", at("dangling"));
  symlinkSync("circle", at("circle"));
  mkdirSync(at("folder"));
  execFileSync("mkfifo", [at("pipe")]);
  writeFileSync(at("huge"), "");
  truncateSync(at("huge"), 9 * 1024 * 1024);
  const names = ["plain", "link", "dangling", "missing", "plain/below", "folder", "pipe", "circle", "huge"];
  const found = await readKnownHostsFrom(names.map(at))();
  const bytes = Buffer.from("a line\n");
  expect(found).toEqual([
    { path: at("plain"), state: "read", bytes },
    { path: at("link"), state: "read", bytes },
    { path: at("dangling"), state: "absent" },
    { path: at("missing"), state: "absent" },
    { path: at("plain/below"), state: "absent" },
    { path: at("folder"), state: "unreadable", why: "not-a-file" },
    { path: at("pipe"), state: "unreadable", why: "not-a-file" },
    { path: at("circle"), state: "unreadable", why: "circular-link" },
    { path: at("huge"), state: "unreadable", why: "too-large" },
  ]);
});

it("B47 looks where ssh looks", () => {
  expect(usualKnownHosts({}, "linux", "/home/o")).toEqual([
    "/home/o/.ssh/known_hosts",
    "/home/o/.ssh/known_hosts2",
    "/etc/ssh/ssh_known_hosts",
    "/etc/ssh/ssh_known_hosts2",
  ]);
});
