import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readPrivateKey } from "#main/crypto/formats/read-private-key.ts";
import { writePrivateKey } from "#main/crypto/formats/write-private-key.ts";
import { generateKeyMaterial } from "#main/crypto/key-material.ts";
import { SecretBytes } from "#main/crypto/secret-bytes.ts";
import { wireString } from "#main/crypto/ssh-wire.ts";

const fixture = (name: string): string =>
  readFileSync(new URL(`../../../../fixtures/key-files/${name}`, import.meta.url), "utf8");
const passphrase = SecretBytes.fromText("fixture");

function bodyOf(pem: string): Buffer {
  return Buffer.from(pem.split("\n").slice(1, -2).join(""), "base64");
}

function pem(label: string, body: Uint8Array): Buffer {
  return Buffer.from(`-----BEGIN ${label}-----\n${Buffer.from(body).toString("base64")}\n-----END ${label}-----\n`);
}

function altered(body: Buffer, at: number): Buffer {
  const copy = Buffer.from(body);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

describe("P02 files whose parts contradict each other", () => {
  it("P02 an OpenSSH file is refused when the public key in front is not the one inside", async () => {
    const body = bodyOf(fixture("openssh-ed25519"));
    const inFront = body.indexOf("ssh-ed25519") + 11 + 4;

    const reading = readPrivateKey(pem("OPENSSH PRIVATE KEY", altered(body, inFront)));

    await expect(reading).rejects.toMatchObject({
      code: "keypairs/unreadable",
      message: expect.stringMatching(/differ/),
    });
  });

  it("P02 a SEC1 file is refused when its point is another key's", async () => {
    const body = bodyOf(fixture("sec1"));

    const reading = readPrivateKey(pem("EC PRIVATE KEY", altered(body, body.length - 1)));

    await expect(reading).rejects.toMatchObject({
      code: "keypairs/unreadable",
      message: expect.stringMatching(/differ/),
    });
  });

  it.each(["first byte", "last byte"])("P02 an authenticated cipher's tag is checked: %s", async (which) => {
    const body = bodyOf(fixture("openssh-chacha"));
    const at = which === "first byte" ? body.length - 16 : body.length - 1;

    const reading = readPrivateKey(pem("OPENSSH PRIVATE KEY", altered(body, at)), passphrase);

    await expect(reading).rejects.toMatchObject({ code: "keypairs/passphrase-wrong" });
  });
});

describe("P02 an Ed25519 seed with zero bytes at its end", () => {
  it("P02 is read from a PPK file that leaves them out, as little-endian numbers may", async () => {
    let key = await generateKeyMaterial({ type: "ed25519" });
    while (key.pkcs8.reveal().at(-1) !== 0) key = await generateKeyMaterial({ type: "ed25519" });
    const text = (await writePrivateKey(key, { format: "ppk", comment: "c" })).reveal().toString();
    const short = wireString(key.pkcs8.reveal().subarray(-32, -1));
    const fields = ["ssh-ed25519", "none", "c", key.publicBlob, short].map(wireString);
    const mac = createHmac("sha256", "").update(Buffer.concat(fields)).digest("hex");

    const shortened = text
      .replace(/(Private-Lines: 1\n).*\n/, `$1${short.toString("base64")}\n`)
      .replace(/(Private-MAC: ).*/, `$1${mac}`);
    const { pkcs8 } = await readPrivateKey(Buffer.from(shortened));

    expect(shortened).not.toBe(text);
    expect(pkcs8.equals(key.pkcs8)).toBe(true);
  });
});

describe("P02 an empty passphrase", () => {
  it.each(["openssh-encrypted", "pkcs8-pbkdf2", "pkcs1-encrypted", "ppk2-encrypted", "ppk3-encrypted"])(
    "P02 counts as none, so that %s asks for one",
    async (name) => {
      const reading = readPrivateKey(Buffer.from(fixture(name)), SecretBytes.fromText(""));

      await expect(reading).rejects.toMatchObject({ code: "keypairs/passphrase-required" });
    },
  );

  it("P02 a passphrase for a file without one is ignored", async () => {
    await expect(readPrivateKey(Buffer.from(fixture("sec1")), passphrase)).resolves.toMatchObject({ format: "sec1" });
  });
});
