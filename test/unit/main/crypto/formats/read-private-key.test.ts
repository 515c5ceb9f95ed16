import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readPrivateKey } from "#main/crypto/formats/read-private-key.ts";
import { writePrivateKey } from "#main/crypto/formats/write-private-key.ts";
import { generateKeyMaterial, publicBlobOf } from "#main/crypto/key-material.ts";
import { publicLine, publicPem } from "#main/crypto/public-key.ts";
import { SecretBytes } from "#main/crypto/secret-bytes.ts";
import { announceMissing, hasTool, makeKeyFolder, run } from "#test/support/key-tools.ts";

const PASSPHRASE = "pässphrase 42";
const WRONG = "pässphrase 43";
const folder = makeKeyFolder();
const puttygen = hasTool("puttygen", "--version");
if (!puttygen) announceMissing("puttygen");
const passphraseFile = folder.write("passphrase", PASSPHRASE);
afterAll(() => folder.remove());

const secret = (text: string): SecretBytes => SecretBytes.fromText(text);

async function lineOf(name: string, passphrase?: string): Promise<string> {
  const read = await readPrivateKey(folder.read(name), passphrase === undefined ? undefined : secret(passphrase));
  return publicLine(publicBlobOf(read.pkcs8), "");
}

/** The public line ssh-keygen itself finds, without its comment. */
function witness(name: string, passphrase = ""): string {
  const line = run("ssh-keygen", ["-y", "-P", passphrase, "-f", folder.file(name)]).trimEnd();
  return line.split(" ").slice(0, 2).join(" ");
}

async function expectPassphraseIsJudged(name: string): Promise<void> {
  await expect(readPrivateKey(folder.read(name))).rejects.toMatchObject({ code: "keypairs/passphrase-required" });
  await expect(readPrivateKey(folder.read(name), secret(WRONG))).rejects.toMatchObject({
    code: "keypairs/passphrase-wrong",
  });
}

function sshKeygen(name: string, ...args: readonly string[]): void {
  run("ssh-keygen", ["-q", "-a", "4", "-C", "made by ssh-keygen", "-f", folder.file(name), ...args]);
}

const TYPES: ReadonlyArray<readonly [string, readonly string[]]> = [
  ["ed25519", ["-t", "ed25519"]],
  ["rsa", ["-t", "rsa", "-b", "2048"]],
  ["p256", ["-t", "ecdsa", "-b", "256"]],
  ["p384", ["-t", "ecdsa", "-b", "384"]],
  ["p521", ["-t", "ecdsa", "-b", "521"]],
];

describe.each(TYPES)("P02 a %s key of ssh-keygen", (type, args) => {
  it("P02 is read from an OpenSSH file with its comment", async () => {
    sshKeygen(type, ...args, "-N", "");

    const read = await readPrivateKey(folder.read(type));

    expect(await lineOf(type)).toBe(witness(type));
    expect(read).toMatchObject({ format: "openssh", comment: "made by ssh-keygen" });
  });

  it("P02 is read from an encrypted OpenSSH file", async () => {
    sshKeygen(`${type}-enc`, ...args, "-N", PASSPHRASE);

    expect(await lineOf(`${type}-enc`, PASSPHRASE)).toBe(witness(`${type}-enc`, PASSPHRASE));
    await expectPassphraseIsJudged(`${type}-enc`);
  });

  it.each(["PEM", "PKCS8"])("P02 is read from ssh-keygen's -m %s file, plain and encrypted", async (form) => {
    for (const passphrase of ["", PASSPHRASE]) {
      const name = `${type}-${form}-${passphrase.length}`;
      sshKeygen(name, ...args, "-m", form, "-N", passphrase);

      expect(await lineOf(name, passphrase)).toBe(witness(name, passphrase));
    }
  });
});

describe("P02 OpenSSH's ciphers", () => {
  it.each([
    "aes128-cbc",
    "aes192-cbc",
    "aes256-cbc",
    "aes128-ctr",
    "aes192-ctr",
    "aes256-ctr",
    "3des-cbc",
    "aes128-gcm@openssh.com",
    "aes256-gcm@openssh.com",
    "chacha20-poly1305@openssh.com",
  ])("P02 reads a key encrypted with %s", async (cipher) => {
    sshKeygen(cipher, "-t", "ecdsa", "-Z", cipher, "-N", PASSPHRASE);

    expect(await lineOf(cipher, PASSPHRASE)).toBe(witness(cipher, PASSPHRASE));
    await expectPassphraseIsJudged(cipher);
  });
});

describe("P02 OpenSSL's files", () => {
  const keys = ["ed25519", "rsa", "ec"] as const;
  beforeAll(() => {
    run("openssl", ["genpkey", "-algorithm", "ed25519", "-out", folder.file("o-ed25519")]);
    run("openssl", [
      "genpkey",
      "-quiet",
      "-algorithm",
      "rsa",
      "-pkeyopt",
      "rsa_keygen_bits:2048",
      "-out",
      folder.file("o-rsa"),
    ]);
    run("openssl", ["genpkey", "-algorithm", "ec", "-pkeyopt", "ec_paramgen_curve:P-384", "-out", folder.file("o-ec")]);
  });

  async function expectSameAs(original: string, name: string, passphrase?: string): Promise<void> {
    const { pkcs8 } = await readPrivateKey(
      folder.read(name),
      passphrase === undefined ? undefined : secret(passphrase),
    );
    expect(publicPem(publicBlobOf(pkcs8))).toBe(run("openssl", ["pkey", "-in", folder.file(original), "-pubout"]));
  }

  function topk8(key: string, name: string, ...args: readonly string[]): void {
    const inOut = ["-in", folder.file(`o-${key}`), "-out", folder.file(name)];
    run("openssl", ["pkcs8", "-topk8", ...inOut, "-passout", `file:${passphraseFile}`, ...args]);
  }

  it.each(keys)("P02 reads plain PKCS#8 %s", async (key) => {
    await expectSameAs(`o-${key}`, `o-${key}`);
  });

  it.each(keys)("P02 reads PBES2 with every PRF and cipher: %s", async (key) => {
    for (const prf of ["hmacWithSHA1", "hmacWithSHA224", "hmacWithSHA256", "hmacWithSHA384", "hmacWithSHA512"]) {
      for (const cipher of ["aes-128-cbc", "aes-192-cbc", "aes-256-cbc", "des3"]) {
        topk8(key, `${key}-${prf}-${cipher}`, "-v2", cipher, "-v2prf", prf);
        await expectSameAs(`o-${key}`, `${key}-${prf}-${cipher}`, PASSPHRASE);
      }
    }
    await expectPassphraseIsJudged(`${key}-hmacWithSHA512-aes-256-cbc`);
  });

  it("P02 reads PBES2 with scrypt", async () => {
    topk8("ed25519", "scrypt", "-scrypt", "-v2", "aes-256-cbc");

    await expectSameAs("o-ed25519", "scrypt", PASSPHRASE);
    await expectPassphraseIsJudged("scrypt");
  });

  it.each(["-aes128", "-aes192", "-aes256", "-des3"])("P02 reads PKCS#1 and SEC1 encrypted with %s", async (cipher) => {
    for (const [key, tool] of [
      ["rsa", "rsa"],
      ["ec", "ec"],
    ] as const) {
      const name = `${key}${cipher}`;
      const pass = ["-passout", `file:${passphraseFile}`];
      const traditional = tool === "rsa" ? ["-traditional"] : [];
      run("openssl", [
        tool,
        "-in",
        folder.file(`o-${key}`),
        "-out",
        folder.file(name),
        cipher,
        ...traditional,
        ...pass,
      ]);
      expect(folder.read(name).toString()).toContain("DEK-Info");

      await expectSameAs(`o-${key}`, name, PASSPHRASE);
      await expectPassphraseIsJudged(name);
    }
  });

  it("P02 reads an EC file that begins with its parameters, with CRLF and a byte order mark", async () => {
    const params = run("openssl", ["ecparam", "-name", "secp384r1"]);
    const key = run("openssl", ["ec", "-in", folder.file("o-ec")]);
    folder.write("messy", `\ufeff\n${params}${key}`.replaceAll("\n", "\r\n"));

    await expectSameAs("o-ec", "messy");
  });

  it("P02 reads an EC key whose public point is missing or compressed", async () => {
    const compressed = run("openssl", ["ec", "-in", folder.file("o-ec"), "-conv_form", "compressed"]);
    const bare = run("openssl", ["ec", "-in", folder.file("o-ec"), "-no_public"]);
    folder.write("compressed", compressed);
    folder.write("bare", bare);

    await expectSameAs("o-ec", "compressed");
    await expectSameAs("o-ec", "bare");
  });
});

describe("P02 Ed25519 in PKCS#8 version 1 and 2", () => {
  // RFC 8410 section 10.3: the same key without and with attributes and public half.
  const v1 = `-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
-----END PRIVATE KEY-----`;
  const v2 = `-----BEGIN PRIVATE KEY-----
MHICAQEwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
oB8wHQYKKoZIhvcNAQkJFDEPDA1DdXJkbGUgQ2hhaXJzgSEAGb9ECWmEzf6FQbrB
Z9w7lshQhqowtrbLDFw4rXAxZuE=
-----END PRIVATE KEY-----`;

  it("P02 both come out as version 1", async () => {
    const [one, two] = [await readPrivateKey(Buffer.from(v1)), await readPrivateKey(Buffer.from(v2))];

    expect(two.pkcs8.equals(one.pkcs8)).toBe(true);
    expect(one.pkcs8.reveal().subarray(0, 5).toString("hex")).toBe("302e020100");
    expect(publicPem(publicBlobOf(two.pkcs8))).toContain(
      "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=",
    );
  });

  it("P02 reads the public half tagged EXPLICIT, as the Rust library ring writes it", async () => {
    const standard = Buffer.from(v1.split("\n")[1] ?? "", "base64");
    const publicKey = Buffer.from("19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1", "hex");
    const ring = Buffer.concat([
      Buffer.from("3053020101", "hex"),
      standard.subarray(5),
      Buffer.from("a123032100", "hex"),
      publicKey,
    ]);
    const pem = `-----BEGIN PRIVATE KEY-----\n${ring.toString("base64")}\n-----END PRIVATE KEY-----\n`;

    const { pkcs8 } = await readPrivateKey(Buffer.from(pem));

    expect(pkcs8.reveal().equals(standard)).toBe(true);
  });

  it("P02 refuses a public half that is not the private half's", async () => {
    const other = v2.replace("Z9w7lshQhqowtrbLDFw4rXAxZuE=", "Z9w7lshQhqowtrbLDFw4rXAxZuA=");

    await expect(readPrivateKey(Buffer.from(other))).rejects.toMatchObject({ code: "keypairs/unreadable" });
  });
});

describe.skipIf(!puttygen)("P02 PuTTY's files", () => {
  beforeAll(() => {
    for (const [type, args] of TYPES) sshKeygen(`p-${type}`, ...args, "-N", "");
  });

  function toPpk(from: string, name: string, params: string, encrypted: boolean): void {
    const pass = encrypted ? ["--new-passphrase", passphraseFile] : ["--new-passphrase", "/dev/null"];
    run("puttygen", [folder.file(from), "-O", "private", "-o", folder.file(name), "--ppk-param", params, ...pass]);
  }

  it.each([
    ["version=2", "2"],
    ["version=3,kdf=argon2id,memory=1024,passes=2", "3"],
    ["version=3,kdf=argon2i,memory=1024,passes=2", "3"],
    ["version=3,kdf=argon2d,memory=1024,passes=2,parallelism=2", "3"],
  ])("P02 reads every type saved with %s, plain and encrypted", async (params, version) => {
    for (const [type] of TYPES) {
      for (const encrypted of [false, true]) {
        const name = `p-${type}-${params}-${encrypted}`;
        toPpk(`p-${type}`, name, params, encrypted);
        expect(folder.read(name).toString()).toContain(`PuTTY-User-Key-File-${version}: `);

        expect(await lineOf(name, encrypted ? PASSPHRASE : undefined)).toBe(witness(`p-${type}`));
        if (encrypted) await expectPassphraseIsJudged(name);
      }
    }
  });

  it("P02 reads an Ed25519 key whose seed ends in a zero byte", async () => {
    let key = await generateKeyMaterial({ type: "ed25519" });
    while (key.pkcs8.reveal().at(-1) !== 0) key = await generateKeyMaterial({ type: "ed25519" });
    folder.write("short", (await writePrivateKey(key, { format: "openssh", comment: "" })).reveal());
    toPpk("short", "short.ppk", "version=3", false);

    const { pkcs8 } = await readPrivateKey(folder.read("short.ppk"));

    expect(pkcs8.equals(key.pkcs8)).toBe(true);
  });

  it("P02 refuses a plain file whose comment was altered", async () => {
    toPpk("p-ed25519", "altered", "version=3", false);
    const text = folder.read("altered").toString().replace("made by ssh-keygen", "made by somebody");

    await expect(readPrivateKey(Buffer.from(text))).rejects.toMatchObject({ code: "keypairs/unreadable" });
  });
});

describe("P02 a key that parses but contradicts itself", () => {
  it("P02 is refused when an RSA prime, exponent or coefficient is altered", async () => {
    const key = await generateKeyMaterial({ type: "rsa", bits: 2048 });
    const der = key.pkcs8.reveal();
    // Any byte of the numbers, at their ends so that the DER itself stays sound.
    for (const at of [200, 400, 500, 700, 900, 1100, der.length - 1]) {
      const altered = Buffer.from(der);
      altered[at] = (altered[at] ?? 0) ^ 2;
      const pem = `-----BEGIN PRIVATE KEY-----\n${altered.toString("base64")}\n-----END PRIVATE KEY-----\n`;

      await expect(readPrivateKey(Buffer.from(pem))).rejects.toMatchObject({ code: "keypairs/unreadable" });
    }
  });
});
