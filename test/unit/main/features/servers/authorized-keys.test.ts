import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  findKey,
  type KeyLine,
  parseAuthorizedKeys,
  parseOptions,
  showLine,
} from "#main/features/servers/authorized-keys.ts";
import { accountNamedInstead } from "#main/features/servers/restricted-key.ts";
import { BLOB, makeBlob } from "./key-lines.ts";

const B64 = BLOB.toString("base64");
const KEY = { type: "ssh-ed25519", blob: BLOB };
const FIXTURES = join(import.meta.dirname, "../../../../fixtures/authorized-keys");

function keysOf(text: string | Buffer): readonly KeyLine[] {
  return parseAuthorizedKeys(Buffer.from(text)).lines.filter((line) => line.kind === "key");
}

describe("reading lines as sshd does", () => {
  // [what, line, options, comment]; `null` options: sshd sees no key in the line
  const table: [string, string, string | undefined | null, string][] = [
    ["a bare key", `ssh-ed25519 ${B64}`, undefined, ""],
    ["a comment with blanks", `ssh-ed25519 ${B64} anna at home`, undefined, "anna at home"],
    ["tabs between fields", `\tssh-ed25519\t${B64}\t a`, undefined, "a"],
    ["an option without =", `restrict ssh-ed25519 ${B64} a`, "restrict", "a"],
    [
      "several options",
      `no-pty,from="10.0.0.0/8,!10.1.1.1" ssh-ed25519 ${B64}`,
      'no-pty,from="10.0.0.0/8,!10.1.1.1"',
      "",
    ],
    ["blanks in quotes", `command="a b\tc" ssh-ed25519 ${B64}`, 'command="a b\tc"', ""],
    [
      "escaped quotes",
      `command="echo \\"ssh-rsa AAAA\\" x" ssh-ed25519 ${B64}`,
      'command="echo \\"ssh-rsa AAAA\\" x"',
      "",
    ],
    ["a short type name", `ED25519 ${B64}`, undefined, ""],
    ["CR at the end", `ssh-ed25519 ${B64}\r`, undefined, ""],
    ["CR after a comment", `ssh-ed25519 ${B64} a\r`, undefined, "a"],
    ["a NUL after the key", `ssh-ed25519 ${B64} a\0b`, undefined, "a"],
    ["a commented key", `# ssh-ed25519 ${B64}`, null, ""],
    ["a key after a NUL", `\0ssh-ed25519 ${B64}`, null, ""],
    ["an open quote", `command="x ssh-ed25519 ${B64}`, null, ""],
    ["another type than in the blob", `ssh-rsa ${B64}`, null, ""],
    ["broken base64", `ssh-ed25519 ${B64.slice(0, -1)}`, null, ""],
    ["a blob of its type alone", `ssh-ed25519 ${makeBlob("ssh-ed25519").toString("base64")}`, null, ""],
    ["an SSH1 key", "1024 35 1234567 old@host", null, ""],
    ["two option fields", `no-pty restrict ssh-ed25519 ${B64}`, null, ""],
  ];
  it.each(table)("P07 B2 reads %s", (_, line, options, comment) => {
    const found = keysOf(`${line}\n`);
    expect(found.map((key) => [key.options, key.comment])).toEqual(options === null ? [] : [[options, comment]]);
  });

  it("P07 B3 finds a key by type and blob when comment and options differ", () => {
    const file = parseAuthorizedKeys(Buffer.from(`ssh-ed25519 ${B64} one\nrestrict ssh-ed25519 ${B64} two\n`));
    expect(findKey(file, KEY).map((line) => line.comment)).toEqual(["one", "two"]);
    expect(findKey(file, { type: "ssh-ed25519", blob: makeBlob("ssh-ed25519", "other") })).toEqual([]);
  });

  it("P07 B4 keeps the bytes of a file of junk when it is cut into lines", () => {
    const junk = Buffer.from([0, 10, 255, 10, 13, 10, 10, 35, 34]);
    const file = parseAuthorizedKeys(junk);
    expect(Buffer.concat(file.lines.map((line) => line.raw))).toEqual(junk);
    expect(file.lines.every((line) => line.kind === "foreign")).toBe(true);
  });

  it("P07 B2 never throws and loses no byte on any input", () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), anyText()), (bytes) => {
        const file = parseAuthorizedKeys(bytes);
        expect(Buffer.concat(file.lines.map((line) => line.raw))).toEqual(Buffer.from(bytes));
        for (const line of file.lines) {
          expect(showLine(line.raw)).not.toMatch(/[\n\r\0]/);
          if (line.kind === "key") accountNamedInstead(line);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("P07 B2 reads a megabyte of anything in seconds, not minutes", () => {
    for (const text of ["\n", "a,", '\\"', `ssh-ed25519 ${B64}\n`, " ", '"', "\\"]) {
      const started = performance.now();
      const file = parseAuthorizedKeys(Buffer.from(text.repeat(Math.ceil(1_048_576 / text.length))));
      for (const line of file.lines) parseOptions(line.raw.toString("latin1"));
      expect(performance.now() - started).toBeLessThan(30_000);
    }
  });

  it.each(readdirSync(FIXTURES))("P07 B2 sees in %s exactly the keys that ssh-keygen sees", (name) => {
    const bytes = readFileSync(join(FIXTURES, name));
    const shown = keysOf(bytes).map((key) => fingerprint(key));
    expect(shown).toEqual(witness(bytes));
  });
});

describe("options", () => {
  it.each([
    ["restrict", [{ name: "restrict", value: undefined }]],
    [
      'FROM="a,b",no-pty',
      [
        { name: "from", value: "a,b" },
        { name: "no-pty", value: undefined },
      ],
    ],
    ['command="say \\"hi\\" \\n"', [{ name: "command", value: 'say "hi" \\n' }]],
    ["a,,b", undefined],
    ["a,", undefined],
    ["command=x", undefined],
    ['command="x', undefined],
    ['command="x"y', undefined],
  ])("P07 B2 splits %s", (field, expected) => {
    expect(parseOptions(field)).toEqual(expected);
  });
});

function anyText() {
  const piece = fc.constantFrom(
    "ssh-ed25519 ",
    B64,
    " ",
    "\t",
    "\n",
    "\r\n",
    '"',
    "\\",
    ",",
    "=",
    "#",
    "\0",
    "command=",
    "restrict",
    "ssh-rsa",
    "é",
  );
  return fc.array(piece, { maxLength: 40 }).map((parts) => Buffer.from(parts.join("")));
}

function fingerprint(key: KeyLine): string {
  const directory = mkdtempSync(join(tmpdir(), "authorized-keys-"));
  try {
    writeFileSync(join(directory, "key"), `${key.type} ${key.blob.toString("base64")}\n`);
    return execFileSync("ssh-keygen", ["-lf", join(directory, "key")], { encoding: "utf8" }).split(" ")[1] ?? "";
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** What OpenSSH itself finds in the file. */
function witness(bytes: Buffer): string[] {
  const directory = mkdtempSync(join(tmpdir(), "authorized-keys-"));
  try {
    writeFileSync(join(directory, "keys"), bytes);
    const out = execFileSync("ssh-keygen", ["-lf", join(directory, "keys")], { encoding: "utf8" });
    return out
      .trim()
      .split("\n")
      .map((line) => line.split(" ")[1] ?? "");
  } finally {
    rmSync(directory, { recursive: true });
  }
}
