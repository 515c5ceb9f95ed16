import { afterAll, describe, expect, it } from "vitest";
import { der, derNumber, derOid, derSequence, TAG } from "#main/crypto/formats/der.ts";
import { readPrivateKey } from "#main/crypto/formats/read-private-key.ts";
import { SecretBytes } from "#main/crypto/secret-bytes.ts";
import { makeKeyFolder, run } from "#test/support/key-tools.ts";

const folder = makeKeyFolder();
const passphraseFile = folder.write("passphrase", "four");
afterAll(() => folder.remove());

const readWithPassphrase = (text: string | Buffer): Promise<unknown> =>
  readPrivateKey(Buffer.from(text), SecretBytes.fromText("four"));

function pem(label: string, body: Uint8Array): string {
  return `-----BEGIN ${label}-----\n${Buffer.from(body).toString("base64")}\n-----END ${label}-----\n`;
}

describe("P02 a key we cannot use", () => {
  const openssl = (...args: readonly string[]): string => run("openssl", ["genpkey", "-quiet", ...args]);
  const cases: ReadonlyArray<readonly [string, RegExp, () => string]> = [
    ["Ed448", /Ed448/, () => run("openssl", ["genpkey", "-algorithm", "ed448"])],
    ["X25519", /X25519/, () => run("openssl", ["genpkey", "-algorithm", "x25519"])],
    [
      "secp256k1",
      /secp256k1/,
      () => run("openssl", ["genpkey", "-algorithm", "ec", "-pkeyopt", "ec_paramgen_curve:secp256k1"]),
    ],
    [
      "explicit parameters",
      /spelled out/,
      () => run("openssl", ["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-param_enc", "explicit"]),
    ],
    ["RSA of 1024 bits", /1024 bits/, () => openssl("-algorithm", "rsa", "-pkeyopt", "rsa_keygen_bits:1024")],
    ["RSA-PSS", /PSS/, () => openssl("-algorithm", "rsa-pss", "-pkeyopt", "rsa_keygen_bits:2048")],
    [
      "PBES1",
      /outdated scheme/,
      () => {
        folder.write("ed", run("openssl", ["genpkey", "-algorithm", "ed25519"]));
        return run("openssl", [
          "pkcs8",
          "-topk8",
          "-in",
          folder.file("ed"),
          "-v1",
          "PBE-SHA1-3DES",
          "-passout",
          `file:${passphraseFile}`,
        ]);
      },
    ],
    [
      "camellia",
      /1\.2\.392/,
      () => {
        folder.write("ed", run("openssl", ["genpkey", "-algorithm", "ed25519"]));
        return run("openssl", [
          "pkcs8",
          "-topk8",
          "-in",
          folder.file("ed"),
          "-v2",
          "camellia256",
          "-passout",
          `file:${passphraseFile}`,
        ]);
      },
    ],
    [
      "DSA",
      /DSA|ssh-dss/,
      () => {
        run("ssh-keygen", ["-q", "-t", "dsa", "-N", "", "-f", folder.file("dsa")]);
        return folder.read("dsa").toString();
      },
    ],
    ["PuTTY's first format", /protects nothing/, () => "PuTTY-User-Key-File-1: ssh-rsa\nEncryption: none\n"],
    ["SSH Communications", /SSH Communications/, () => "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nAAAA\n"],
  ];

  it.each(cases)("P02 %s is named in the sentence", async (_name, sentence, make) => {
    await expect(readWithPassphrase(make())).rejects.toMatchObject({
      code: "keypairs/unsupported-key",
      message: expect.stringMatching(sentence),
    });
  });
});

describe("P02 something that is not a private key", () => {
  const cases: ReadonlyArray<readonly [string, RegExp, () => string | Buffer]> = [
    [
      "a public line",
      /public key only/,
      () => "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBm/RAlphM3+hUG6wWfcO5bIUIaqMLa2ywxcOK1wMWbh x",
    ],
    ["a public PEM", /PUBLIC KEY/, () => pem("PUBLIC KEY", Buffer.alloc(3))],
    ["nothing", /format known/, () => ""],
    ["UTF-16", /UTF-16/, () => Buffer.from("\ufeff-----BEGIN", "utf16le")],
    ["a cut file", /last line/, () => "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2Vw\n"],
    ["65 KiB", /64 KiB/, () => Buffer.alloc(65 * 1024, 0x41)],
    ["an element longer than the file", /cut off/, () => pem("PRIVATE KEY", Buffer.from("3084ffffffff", "hex"))],
  ];

  it.each(cases)("P02 %s is refused with the reason", async (_name, sentence, make) => {
    await expect(readWithPassphrase(make())).rejects.toMatchObject({
      code: "keypairs/unreadable",
      message: expect.stringMatching(sentence),
    });
  });
});

describe("P02 a file that asks for too much work", () => {
  function pbes2(kdf: Buffer): string {
    const cipher = derSequence(derOid("2.16.840.1.101.3.4.1.42"), der(TAG.octetString, Buffer.alloc(16)));
    const scheme = derSequence(derOid("1.2.840.113549.1.5.13"), derSequence(kdf, cipher));
    return pem("ENCRYPTED PRIVATE KEY", derSequence(scheme, der(TAG.octetString, Buffer.alloc(48))));
  }
  const salt = der(TAG.octetString, Buffer.alloc(16));

  function ppk(memory: number, passes: number, lanes: number): string {
    return `PuTTY-User-Key-File-3: ssh-ed25519
Encryption: aes256-cbc
Comment: x
Public-Lines: 2
AAAAC3NzaC1lZDI1NTE5AAAAIBm/RAlphM3+hUG6wWfcO5bIUIaqMLa2ywxcOK1w
MWbh
Key-Derivation: Argon2id
Argon2-Memory: ${memory}
Argon2-Passes: ${passes}
Argon2-Parallelism: ${lanes}
Argon2-Salt: 00112233445566778899aabbccddeeff
Private-Lines: 1
AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
Private-MAC: ${"00".repeat(32)}
`;
  }

  function bcrypt(rounds: number): string {
    run("ssh-keygen", ["-q", "-t", "ed25519", "-a", "1", "-N", "four", "-f", folder.file(`b${rounds}`)]);
    const text = folder.read(`b${rounds}`).toString();
    const body = Buffer.from(text.split("\n").slice(1, -2).join(""), "base64");
    body.writeUInt32BE(rounds, body.indexOf("bcrypt") + 6 + 4 + 4 + 16);
    return pem("OPENSSH PRIVATE KEY", body);
  }

  const pbkdf2 = (n: number): string =>
    pbes2(derSequence(derOid("1.2.840.113549.1.5.12"), derSequence(salt, derNumber(n))));
  const scrypt = (n: number, r: number, p: number): string =>
    pbes2(derSequence(derOid("1.3.6.1.4.1.11591.4.11"), derSequence(salt, derNumber(n), derNumber(r), derNumber(p))));

  it.each([
    ["PBKDF2 with 2^31 iterations", (): string => pbkdf2(2 ** 31)],
    ["scrypt with 2^22 blocks", (): string => scrypt(2 ** 22, 8, 1)],
    ["scrypt with 2^20 lanes", (): string => scrypt(16, 8, 2 ** 20)],
    ["Argon2 with 4 GiB", (): string => ppk(4 * 1024 * 1024, 1, 1)],
    ["Argon2 with 10,000 passes", (): string => ppk(1024, 10_000, 1)],
    ["bcrypt with 2^32 - 1 rounds", (): string => bcrypt(2 ** 32 - 1)],
  ])("P02 is refused before the work begins: %s", async (_name, make) => {
    const text = make();
    const start = performance.now();

    await expect(readWithPassphrase(text)).rejects.toMatchObject({
      code: "keypairs/unsupported-key",
      message: expect.stringMatching(/more than Keystead spends/),
    });
    expect(performance.now() - start).toBeLessThan(5000);
  });

  it.each([
    ["scrypt with N not a power of two", (): string => scrypt(1000, 8, 1)],
    ["no iterations", (): string => pbkdf2(0)],
    ["no lanes", (): string => ppk(1024, 1, 0)],
    ["memory smaller than its lanes", (): string => ppk(8, 1, 16)],
    ["bcrypt without rounds", (): string => bcrypt(0)],
  ])("P02 is unreadable with settings no tool writes: %s", async (_name, make) => {
    await expect(readWithPassphrase(make())).rejects.toMatchObject({ code: "keypairs/unreadable" });
  });
});
