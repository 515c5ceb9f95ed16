import { afterAll, describe, expect, it } from "vitest";
import { generateKeyMaterial, publicBlobOf } from "#main/crypto/key-material.ts";
import { bitsOf, fingerprints, publicLine, publicPem } from "#main/crypto/public-key.ts";
import { parsePublicLine } from "#main/crypto/public-line.ts";
import { wireMpint, wireString } from "#main/crypto/ssh-wire.ts";
import { makeKeyFolder, run } from "#test/support/key-tools.ts";

const folder = makeKeyFolder();
afterAll(() => folder.remove());

// The Ed25519 key of RFC 8410 section 10.1.
const ED25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBm/RAlphM3+hUG6wWfcO5bIUIaqMLa2ywxcOK1wMWbh";
const unreadable = (reason: RegExp): unknown =>
  expect.objectContaining({ code: "keypairs/unreadable", message: expect.stringMatching(reason) });

function line(type: string, ...fields: readonly Buffer[]): string {
  return `${type} ${Buffer.concat([wireString(type), ...fields]).toString("base64")} made up`;
}

describe("P02 P05 P13 a public key", () => {
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

    const parsed = parsePublicLine(text);
    const { sha256, md5 } = fingerprints(parsed.blob);

    expect(parsed).toMatchObject({ kind: "supported", bits, comment: "a b" });
    expect(bitsOf(parsed.blob)).toBe(bits);
    expect(publicLine(parsed.blob, "a b")).toBe(text.trimEnd());
    for (const [hash, fingerprint] of [
      ["sha256", sha256],
      ["md5", md5],
    ] as const) {
      const shown = run("ssh-keygen", ["-l", "-E", hash, "-f", folder.file(`${name}.pub`)]);
      expect(shown.split(" ").slice(0, 2)).toEqual([String(bits), fingerprint]);
    }
    // ssh-keygen cannot write Ed25519 as PEM; the next test has OpenSSL read ours.
    if (type === "ed25519") return;
    expect(publicPem(parsed.blob)).toBe(run("ssh-keygen", ["-e", "-m", "PKCS8", "-f", folder.file(`${name}.pub`)]));
  });

  it("P13 has a PEM that OpenSSL reads when it is Ed25519", async () => {
    const key = await generateKeyMaterial({ type: "ed25519" });

    const text = run("openssl", ["pkey", "-pubin", "-noout", "-text"], publicPem(key.publicBlob));

    expect(text).toContain("ED25519 Public-Key");
    expect(publicBlobOf(key.pkcs8).equals(key.publicBlob)).toBe(true);
  });

  it("P02 keeps its comment, without what could break out of a line (B21)", () => {
    expect(parsePublicLine(`${ED25519} two  words\t"x"\u2028\n`).comment).toBe("two  wordsx");
    expect(parsePublicLine(ED25519).comment).toBe("");
  });

  it.each(["two\nlines", 'quo"te', "\u0000"])("P13 B21 refuses to write the comment %j", (comment) => {
    const { blob } = parsePublicLine(ED25519);

    expect(() => publicLine(blob, comment)).toThrow(expect.objectContaining({ code: "request/invalid-params" }));
  });

  it("P02 names ssh-dss, short RSA, security keys, certificates and strangers with a reason", () => {
    run("ssh-keygen", ["-q", "-t", "dsa", "-N", "", "-f", folder.file("dsa")]);
    run("ssh-keygen", ["-q", "-t", "rsa", "-b", "1024", "-N", "", "-f", folder.file("short")]);
    run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", folder.file("ca")]);
    run("ssh-keygen", ["-q", "-s", folder.file("ca"), "-I", "id", folder.file("ca.pub")]);
    const sk = line("sk-ssh-ed25519@openssh.com", wireString(Buffer.alloc(32)), wireString("ssh:"));

    const expectations: ReadonlyArray<readonly [string, string, RegExp]> = [
      [folder.read("dsa.pub").toString(), "ssh-dss", /DSA/],
      [folder.read("short.pub").toString(), "ssh-rsa", /1024 bits/],
      [folder.read("ca-cert.pub").toString(), "ssh-ed25519-cert-v01@openssh.com", /certificate/],
      [sk, "sk-ssh-ed25519@openssh.com", /FIDO/],
      [line("ssh-ed448", wireString(Buffer.alloc(57))), "ssh-ed448", /ssh-ed448/],
    ];
    for (const [text, keyType, reason] of expectations) {
      expect(parsePublicLine(text)).toMatchObject({
        kind: "unsupported",
        keyType,
        reason: expect.stringMatching(reason),
      });
    }
  });

  it.each([
    ["an options field", `no-pty ${ED25519}`, /options/],
    ["two lines", `${ED25519}\n${ED25519}`, /more than one line/],
    ["another type in front", ED25519.replace("ssh-ed25519 ", "ssh-rsa "), /type in front/],
    ["a missing character", ED25519.slice(0, -1), /cut off/],
    ["url-safe base64", ED25519.replace("/", "_"), /does not belong/],
    ["31 bytes", line("ssh-ed25519", wireString(Buffer.alloc(31))), /32 bytes/],
    ["bytes behind the key", line("ssh-ed25519", wireString(Buffer.alloc(32)), Buffer.of(0)), /bytes follow/],
    ["an even modulus and exponent", line("ssh-rsa", wireMpint(Buffer.of(2)), wireMpint(Buffer.alloc(256, 2))), /RSA/],
    [
      "a padded number",
      line(
        "ssh-rsa",
        wireMpint(Buffer.of(1, 0, 1)),
        wireString(Buffer.concat([Buffer.alloc(2), Buffer.alloc(256, 3)])),
      ),
      /shortest/,
    ],
    [
      "a point off the curve",
      line(
        "ecdsa-sha2-nistp256",
        wireString("nistp256"),
        wireString(Buffer.concat([Buffer.of(4), Buffer.alloc(64, 1)])),
      ),
      /not those of a public key/,
    ],
    ["a curve that is not its type's", line("ecdsa-sha2-nistp256", wireString("nistp384")), /not known/],
    ["a private key", "-----BEGIN OPENSSH PRIVATE KEY-----", /private key/],
    ["nothing", "", /form/],
  ])("P02 is refused with %s", (_name, text, reason) => {
    expect(() => parsePublicLine(text)).toThrow(unreadable(reason) as Error);
  });
});
