import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isHashOfName } from "#main/crypto/known-host-name.ts";
import { fingerprints } from "#main/crypto/public-key.ts";
import { knownHostsName, namesHost, parseKnownHosts } from "#main/features/servers/known-hosts.ts";
import type { KnownHostsFile } from "#main/features/servers/known-hosts-port.ts";
import { judgeHostKey, searchKnownHosts } from "#main/features/servers/known-hosts-verdict.ts";
import { BLOB, makeBlob } from "./key-lines.ts";

const KEY = `ssh-ed25519 ${BLOB.toString("base64")}`;
const OTHER_BLOB = makeBlob("ssh-ed25519", "another key of just thirty-two by");
const OTHER = `ssh-ed25519 ${OTHER_BLOB.toString("base64")}`;
const RSA_BLOB = makeBlob("ssh-rsa", "\x01\0\x01", "q".repeat(256));
const RSA = `ssh-rsa ${RSA_BLOB.toString("base64")}`;
const AT = { host: "server.example", port: 22 };

const file = (text: string | Buffer, path = "/home/o/.ssh/known_hosts"): KnownHostsFile => ({
  path,
  state: "read",
  bytes: Buffer.from(text),
});
const judge = (text: string, at = AT, blob = BLOB) =>
  judgeHostKey(searchKnownHosts([file(text)], at), { blob: blob.toString("base64") });
const verdict = (text: string, at = AT) => judge(text, at).verdict;

describe("P06 B47 reading known_hosts as ssh does", () => {
  // The patterns are those of sshd(8) and ssh_config(5); [what, line, address, verdict]
  const table: [string, string, { host: string; port: number }, string][] = [
    ["a plain name", `server.example ${KEY}`, AT, "same"],
    ["letter case of either side", `SERVER.Example ${KEY}`, { host: "Server.EXAMPLE", port: 22 }, "same"],
    ["a comment with blanks and #", `server.example ${KEY} put in by # me`, AT, "same"],
    ["tabs, and blanks before the line", `\t server.example\t${KEY.replace(" ", "\t \t")}`, AT, "same"],
    ["a list, with addresses", `other.example,192.0.2.7,server.example ${KEY}`, AT, "same"],
    ["a port of its own", `[server.example]:2222 ${KEY}`, { ...AT, port: 2222 }, "same"],
    [
      "the equal key without the port and another with it",
      `server.example ${KEY}\n[server.example]:2222 ${OTHER}`,
      { ...AT, port: 2222 },
      "different",
    ],
    ["another port", `[server.example]:2223 ${KEY}`, { ...AT, port: 2222 }, "not-listed"],
    ["a port where 22 is asked for", `[server.example]:2222 ${KEY}`, AT, "not-listed"],
    ["the equal key under the name without the port", `server.example ${KEY}`, { ...AT, port: 2222 }, "same"],
    ["another key under the name without the port", `server.example ${OTHER}`, { ...AT, port: 2222 }, "not-listed"],
    ["an IPv6 address", `2001:db8::1 ${KEY}`, { host: "2001:DB8::1", port: 22 }, "same"],
    ["an IPv6 address with a port", `[2001:db8::1]:2222 ${KEY}`, { host: "2001:db8::1", port: 2222 }, "same"],
    ["a wildcard", `*.example ${KEY}`, AT, "same"],
    ["a one-character wildcard", `server.exampl? ${KEY}`, AT, "same"],
    ["a wildcard that a negation takes back", `*.example,!server.example ${KEY}`, AT, "not-listed"],
    ["a negation before the wildcard", `!server.example,*.example ${KEY}`, AT, "not-listed"],
    ["a negation of another", `*.example,!gate.example ${KEY}`, AT, "same"],
    ["only a negation", `!gate.example ${KEY}`, AT, "not-listed"],
    ["another name", `server.example.org ${KEY}`, AT, "not-listed"],
    ["another key", `server.example ${OTHER}`, AT, "different"],
    ["another type only", `server.example ${RSA}`, AT, "different"],
    ["another key and the shown one", `server.example ${OTHER}\nserver.example ${KEY}`, AT, "same"],
    ["another key and the shown one of another host", `server.example ${OTHER}\nx ${KEY}`, AT, "different"],
    ["a revoked key", `@revoked * ${KEY}`, AT, "revoked"],
    ["a revoked key that is listed too", `server.example ${KEY}\n@revoked server.example ${KEY}`, AT, "revoked"],
    [
      "a revoked key under the name without the port",
      `@revoked server.example ${KEY}`,
      { ...AT, port: 2222 },
      "revoked",
    ],
    ["a revoked key of another host", `@revoked other ${KEY}`, AT, "not-listed"],
    ["another revoked key", `@revoked * ${OTHER}`, AT, "not-listed"],
    ["a certificate authority with the very key", `@cert-authority *.example ${KEY}`, AT, "not-listed"],
    ["CRLF", `# head\r\n\r\nserver.example ${KEY}\r\n`, AT, "same"],
    ["CRLF after a comment", `server.example ${KEY} x\r\n`, AT, "same"],
    ["a line that is commented out", `#server.example ${KEY}`, AT, "not-listed"],
    ["an empty file", "", AT, "not-listed"],
    ["no key at all", "server.example", AT, "unreadable"],
    ["a broken key", `server.example ssh-ed25519 AAAA!`, AT, "unreadable"],
    ["a type that is not the key's", `server.example ssh-rsa ${BLOB.toString("base64")}`, AT, "unreadable"],
    ["a marker nobody knows", `@revokd server.example ${KEY}`, AT, "unreadable"],
    ["two markers", `@revoked @cert-authority server.example ${KEY}`, AT, "unreadable"],
    ["a broken line of another host", `other.example ${OTHER.slice(0, 30)}\nserver.example ${KEY}`, AT, "same"],
    ["a broken line beside a good one", `server.example ssh-rsa AAAA\nserver.example ${KEY}`, AT, "unreadable"],
    ["a NUL, which ends a line for ssh", `server.example\0 ${KEY}`, AT, "unreadable"],
  ];
  it.each(table)("%s", (_what, text, at, expected) => {
    expect(verdict(text, at)).toBe(expected);
  });

  it("names file and line, type and fingerprint of what decided", () => {
    const text = `# one\n\nserver.example ${OTHER}\r\n*.example,gate ${RSA} root\n@cert-authority * ${OTHER}\n`;
    const path = "/home/o/.ssh/known_hosts";
    expect(judge(text)).toEqual({
      verdict: "different",
      lines: [
        { path, line: 3, algorithm: "ssh-ed25519", fingerprint: fingerprints(OTHER_BLOB).sha256 },
        { path, line: 4, algorithm: "ssh-rsa", fingerprint: fingerprints(RSA_BLOB).sha256 },
      ],
      authorities: [{ path, line: 5, algorithm: "ssh-ed25519", fingerprint: fingerprints(OTHER_BLOB).sha256 }],
      unread: [],
    });
  });

  it("B48 asks for the known types first, and for none that only a revocation or another port names", () => {
    const text = `server.example ${RSA}\n@revoked * ${KEY}\n[server.example]:2222 ${OTHER}`;
    expect(searchKnownHosts([file(text)], AT).types).toEqual(["ssh-rsa"]);
  });

  it("claims nothing when a file cannot be read, but still warns of what the others say", () => {
    const shut: KnownHostsFile = { path: "/etc/ssh/ssh_known_hosts", state: "unreadable", why: "no-permission" };
    const absent: KnownHostsFile = { path: "/home/o/.ssh/known_hosts2", state: "absent" };
    const hostKey = { blob: BLOB.toString("base64") };
    const among = (text: string) => judgeHostKey(searchKnownHosts([shut, absent, file(text)], AT), hostKey);
    expect(among(`server.example ${KEY}`)).toMatchObject({
      verdict: "unreadable",
      lines: [{ line: 1 }],
      unread: [{ path: "/etc/ssh/ssh_known_hosts", why: "no-permission" }],
    });
    expect(among("").verdict).toBe("unreadable");
    expect(among(`server.example ${OTHER}`).verdict).toBe("different");
    expect(among(`@revoked * ${KEY}`).verdict).toBe("revoked");
    expect(judgeHostKey(searchKnownHosts([absent], AT), hostKey).verdict).toBe("not-listed");
  });

  it("finds the names that a real ssh-keygen -H has hashed, and no other", () => {
    const folder = mkdtempSync(join(tmpdir(), "keystead-known-"));
    try {
      const path = join(folder, "known_hosts");
      writeFileSync(
        path,
        `server.example,192.0.2.7 ${KEY} me\n[server.example]:2222 ${OTHER}\n*.wild.example ${KEY}\n`,
      );
      execFileSync("ssh-keygen", ["-q", "-H", "-f", path], { stdio: "ignore" });
      const text = readFileSync(path, "utf8");
      expect(text).not.toMatch(/server\.example/);
      expect(text).toMatch(/^\|1\|/m);
      expect(verdict(text)).toBe("same");
      expect(verdict(text, { host: "192.0.2.7", port: 22 })).toBe("same");
      expect(verdict(text, { host: "SERVER.example", port: 2222 })).toBe("different");
      expect(verdict(text, { host: "server2.example", port: 22 })).toBe("not-listed");
      expect(verdict(text, { host: "a.wild.example", port: 22 })).toBe("same");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("takes a hash for nothing but what it is", () => {
    // Salt and hash by `ssh-keygen -H` for "localhost".
    const folder = mkdtempSync(join(tmpdir(), "keystead-known-"));
    try {
      const path = join(folder, "k");
      writeFileSync(path, `localhost ${KEY}\n`);
      execFileSync("ssh-keygen", ["-q", "-H", "-f", path], { stdio: "ignore" });
      const [hashed = ""] = readFileSync(path, "utf8").split(" ");
      expect(isHashOfName(hashed, "localhost")).toBe(true);
      for (const broken of [
        `${hashed},x`,
        hashed.replace("|1|", "|2|"),
        `${hashed}=`,
        hashed.slice(0, -4),
        "|1||",
        "|",
      ])
        expect(isHashOfName(broken, "localhost"), broken).toBe(false);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("never throws, whatever bytes a file has, and counts its lines as ssh does", () => {
    const words = fc.constantFrom(
      "@revoked",
      "@cert-authority",
      "*",
      "!x",
      "|1|",
      "[a]:1",
      ",",
      " ",
      "\t",
      "\r",
      "\n",
      "\0",
      KEY,
    );
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 400 }).map((array) => Buffer.from(array)),
      fc.array(fc.oneof(words, fc.string()), { maxLength: 40 }).map((parts) => Buffer.from(parts.join(""))),
    );
    const address = fc.record({ host: fc.string(), port: fc.integer({ min: 1, max: 65_535 }) });
    fc.assert(
      fc.property(bytes, address, (given, at) => {
        const count = given.toString("latin1").split("\n").length;
        for (const { line } of parseKnownHosts(given)) {
          expect(line).toBeGreaterThan(0);
          expect(line).toBeLessThanOrEqual(count);
        }
        judgeHostKey(searchKnownHosts([file(given)], at), { blob: BLOB.toString("base64") });
      }),
      { numRuns: 500 },
    );
  });

  it("does not hang on a hostile pattern", () => {
    const began = performance.now();
    expect(namesHost("*a".repeat(20_000), knownHostsName("a".repeat(253), 22))).toBe(false);
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});
