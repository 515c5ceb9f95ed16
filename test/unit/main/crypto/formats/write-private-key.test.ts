import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readPrivateKey } from "#main/crypto/formats/read-private-key.ts";
import { writePrivateKey } from "#main/crypto/formats/write-private-key.ts";
import { generateKeyMaterial, type KeyMaterial, type KeySpec } from "#main/crypto/key-material.ts";
import { publicLine, publicPem } from "#main/crypto/public-key.ts";
import { SecretBytes } from "#main/crypto/secret-bytes.ts";
import { announceMissing, hasTool, makeKeyFolder, run } from "#test/support/key-tools.ts";

const SPECS: readonly KeySpec[] = [
  { type: "ed25519" },
  { type: "rsa", bits: 2048 },
  { type: "rsa", bits: 3072 },
  { type: "rsa", bits: 4096 },
  { type: "ecdsa", curve: "nistp256" },
  { type: "ecdsa", curve: "nistp384" },
  { type: "ecdsa", curve: "nistp521" },
];
const PASSPHRASE = "naïve pässphrase 42";
const COMMENT = "officer@desk one";
const folder = makeKeyFolder();
const puttygen = hasTool("puttygen", "--version");
if (!puttygen) announceMissing("puttygen");
afterAll(() => folder.remove());

describe.each(SPECS)("P01 P15 a new key pair of %o", (spec) => {
  let key: KeyMaterial;
  let name: string;
  const passphraseFile = folder.write("passphrase", PASSPHRASE);

  beforeAll(async () => {
    key = await generateKeyMaterial(spec);
    name = `${key.keyType}-${key.bits}`;
  });

  async function save(format: "pkcs8" | "openssh" | "ppk", encrypted: boolean): Promise<string> {
    const passphrase = encrypted ? SecretBytes.fromText(PASSPHRASE) : undefined;
    using text = await writePrivateKey(key, { format, passphrase, comment: COMMENT });
    return folder.write(`${name}-${format}-${encrypted}`, text.reveal());
  }

  it.each([false, true])("P15 is read by ssh-keygen from our OpenSSH file, encrypted: %s", async (encrypted) => {
    const file = await save("openssh", encrypted);

    const line = run("ssh-keygen", ["-y", "-P", encrypted ? PASSPHRASE : "", "-f", file]).trimEnd();

    expect(line).toBe(publicLine(key.publicBlob, COMMENT));
  });

  it.each([false, true])("P15 is read by OpenSSL from our PKCS#8 file, encrypted: %s", async (encrypted) => {
    const file = await save("pkcs8", encrypted);

    const pem = run("openssl", ["pkey", "-in", file, "-pubout", "-passin", `file:${passphraseFile}`]);

    expect(pem).toBe(publicPem(key.publicBlob));
  });

  it.skipIf(!puttygen).each([false, true])(
    "P15 is read by puttygen from our PPK file, encrypted: %s",
    async (encrypted) => {
      const file = await save("ppk", encrypted);

      const unlock = encrypted ? ["--old-passphrase", passphraseFile] : [];
      const line = run("puttygen", [file, ...unlock, "-O", "public-openssh"]).trimEnd();

      expect(line).toBe(publicLine(key.publicBlob, COMMENT));
    },
  );

  it.each(["pkcs8", "openssh", "ppk"] as const)("P02 P15 comes back the same from its %s files", async (format) => {
    for (const encrypted of [false, true]) {
      await save(format, encrypted);

      const passphrase = encrypted ? SecretBytes.fromText(PASSPHRASE) : undefined;
      const back = await readPrivateKey(folder.read(`${name}-${format}-${encrypted}`), passphrase);

      expect(back.pkcs8.equals(key.pkcs8)).toBe(true);
      expect(back.format).toBe(format);
      expect(back.comment).toBe(format === "pkcs8" ? undefined : COMMENT);
    }
  });
});

describe("P15 writing a private key", () => {
  it("P15 writes 600,000 iterations of PBKDF2 with SHA-256 when PKCS#8 is encrypted", async () => {
    const key = await generateKeyMaterial({ type: "ed25519" });
    const passphrase = SecretBytes.fromText(PASSPHRASE);
    using text = await writePrivateKey(key, { format: "pkcs8", passphrase, comment: "" });

    const dump = run("openssl", ["asn1parse", "-in", folder.write("pbes2", text.reveal())]);

    expect(dump).toMatch(/INTEGER +:0927C0/);
    expect(dump).toContain("hmacWithSHA256");
    expect(dump).toContain("aes-256-cbc");
  });

  it("P15 says how our OpenSSH file is encrypted: aes256-ctr and bcrypt with 24 rounds", async () => {
    const key = await generateKeyMaterial({ type: "ed25519" });
    const passphrase = SecretBytes.fromText(PASSPHRASE);
    using text = await writePrivateKey(key, { format: "openssh", passphrase, comment: "" });

    const body = Buffer.from(text.reveal().toString().split("\n").slice(1, -2).join(""), "base64");

    expect(body.toString("latin1")).toContain("aes256-ctr");
    expect(body.toString("latin1")).toContain("bcrypt\0\0\0\x18\0\0\0\x10");
    expect(body.readUInt32BE(body.indexOf("bcrypt") + 6 + 4 + 4 + 16)).toBe(24);
  });

  it("P15 refuses when the passphrase is empty", async () => {
    const key = await generateKeyMaterial({ type: "ed25519" });

    const writing = writePrivateKey(key, { format: "openssh", passphrase: SecretBytes.fromText(""), comment: "" });

    await expect(writing).rejects.toMatchObject({ code: "keypairs/passphrase-required" });
  });

  it.each(["two\nlines", 'a "quote"', "nul\0"])("P15 B21 refuses the comment %j", async (comment) => {
    const key = await generateKeyMaterial({ type: "ed25519" });

    const writing = writePrivateKey(key, { format: "ppk", comment });

    await expect(writing).rejects.toMatchObject({ code: "request/invalid-params" });
  });

  it("P15 lets the event loop run while a passphrase is worked on", async () => {
    const key = await generateKeyMaterial({ type: "ed25519" });
    let longest = 0;
    const start = performance.now();
    let last = start;
    const timer = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 1);

    await writePrivateKey(key, { format: "openssh", passphrase: SecretBytes.fromText(PASSPHRASE), comment: "" });
    clearInterval(timer);

    // About 250 ms in slices of 5; done in one go, the longest pause would be nearly the whole.
    expect(longest).toBeGreaterThan(0);
    expect(longest).toBeLessThan((performance.now() - start) / 3);
  });
});
