import { afterAll, describe, expect, it } from "vitest";
import { generateKeyMaterial, publicBlobOf } from "#main/crypto/key-material.ts";
import { bitsOf, fingerprints, publicLine, publicPem } from "#main/crypto/public-key.ts";
import { wireMpint, wireString } from "#main/crypto/ssh-wire.ts";
import { makeKeyFolder, run } from "#test/support/key-tools.ts";

const folder = makeKeyFolder();
afterAll(() => folder.remove());

// The Ed25519 key of RFC 8410 section 10.1.
const ED25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBm/RAlphM3+hUG6wWfcO5bIUIaqMLa2ywxcOK1wMWbh";
const unreadable = (reason: RegExp): unknown =>
  expect.objectContaining({ code: "keypairs/unreadable", message: expect.stringMatching(reason) });

const blobOf = (line: string) => Buffer.from(line.split(" ")[1] ?? "", "base64");
const made = (type: string, ...fields: readonly Buffer[]) => Buffer.concat([wireString(type), ...fields]);

describe("P05 P13 a public key", () => {
  it.each([
    ["ed25519", 256],
    ["rsa", 2048],
    ["rsa", 3072],
    ["ecdsa", 256],
    ["ecdsa", 384],
    ["ecdsa", 521],
  ] as const)("P05 is shown as ssh-keygen shows it: %s %i", (type, bits) => {
    const name = `${type}-${bits}`;
    run("ssh-keygen", ["-q", "-t", type, "-b", String(bits), "-N", "", "-C", "a b", "-f", folder.file(name)]);
    const text = folder.read(`${name}.pub`).toString();

    const blob = blobOf(text);
    const { sha256, md5 } = fingerprints(blob);

    expect(bitsOf(blob)).toBe(bits);
    expect(publicLine(blob, "a b")).toBe(text.trimEnd());
    for (const [hash, fingerprint] of [
      ["sha256", sha256],
      ["md5", md5],
    ] as const) {
      const shown = run("ssh-keygen", ["-l", "-E", hash, "-f", folder.file(`${name}.pub`)]);
      expect(shown.split(" ").slice(0, 2)).toEqual([String(bits), fingerprint]);
    }
    // ssh-keygen cannot write Ed25519 as PEM; the next test has OpenSSL read ours.
    if (type === "ed25519") return;
    expect(publicPem(blob)).toBe(run("ssh-keygen", ["-e", "-m", "PKCS8", "-f", folder.file(`${name}.pub`)]));
  });

  it("P13 has a PEM that OpenSSL reads when it is Ed25519", async () => {
    const key = await generateKeyMaterial({ type: "ed25519" });

    const text = run("openssl", ["pkey", "-pubin", "-noout", "-text"], publicPem(key.publicBlob));

    expect(text).toContain("ED25519 Public-Key");
    expect(publicBlobOf(key.pkcs8).equals(key.publicBlob)).toBe(true);
  });

  it.each(["two\nlines", 'quo"te', "\u0000"])("P13 B21 refuses to write the comment %j", (comment) => {
    expect(() => publicLine(blobOf(ED25519), comment)).toThrow(
      expect.objectContaining({ code: "request/invalid-params" }),
    );
  });

  it.each([
    ["31 bytes", made("ssh-ed25519", wireString(Buffer.alloc(31))), /32 bytes/],
    ["bytes behind the key", made("ssh-ed25519", wireString(Buffer.alloc(32)), Buffer.of(0)), /bytes follow/],
    ["an even modulus and exponent", made("ssh-rsa", wireMpint(Buffer.of(2)), wireMpint(Buffer.alloc(256, 2))), /RSA/],
    [
      "a padded number",
      made(
        "ssh-rsa",
        wireMpint(Buffer.of(1, 0, 1)),
        wireString(Buffer.concat([Buffer.alloc(2), Buffer.alloc(256, 3)])),
      ),
      /shortest/,
    ],
    [
      "a point off the curve",
      made(
        "ecdsa-sha2-nistp256",
        wireString("nistp256"),
        wireString(Buffer.concat([Buffer.of(4), Buffer.alloc(64, 1)])),
      ),
      /not those of a public key/,
    ],
    ["a curve that is not its type's", made("ecdsa-sha2-nistp256", wireString("nistp384")), /not known/],
    ["a type that Keystead has no use for", made("ssh-ed448", wireString("x")), /not known/],
    ["nothing", Buffer.alloc(0), /cut off/],
  ])("P02 is refused with %s", (_name, blob, reason) => {
    expect(() => bitsOf(blob)).toThrow(unreadable(reason) as Error);
  });
});
