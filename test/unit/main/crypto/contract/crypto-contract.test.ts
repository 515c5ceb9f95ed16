import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { cryptoContract, type ExchangedFile, readExchange, writeExchange } from "#test/support/crypto-contract.ts";
import { announceMissing, makeKeyFolder, run } from "#test/support/key-tools.ts";

const rootUrl = new URL("../../../../../", import.meta.url);
const root = fileURLToPath(rootUrl);
const bun = `${root}node_modules/@oven/bun-linux-x64/bin/bun`;
const script = `${root}test/support/crypto-contract-script.ts`;
const folder = makeKeyFolder();
afterAll(() => folder.remove());
// The binary is for Linux on x64; elsewhere the contract still runs under Node.
const bunHere = existsSync(bun) && process.platform === "linux" && process.arch === "x64";
if (!bunHere) announceMissing("bun (BoringSSL)");

describe("V02 P15 D9 the crypto contract under Node", () => {
  it.each(cryptoContract().map((one) => [one.name, one] as const))("V02 D9 %s", async (_name, one) => {
    await one.run();
  });
});

describe.skipIf(!bunHere)("V02 P15 D9 the crypto contract under BoringSSL", () => {
  it("V02 P15 D9 holds there too, case by case", { timeout: 120_000 }, () => {
    const answer = JSON.parse(run(bun, [script, "contract"])) as {
      boringssl: boolean;
      results: { name: string; error: string | null }[];
    };

    expect(answer.boringssl).toBe(true);
    expect(answer.results.filter(({ error }) => error !== null)).toEqual([]);
    expect(answer.results.map(({ name }) => name)).toEqual(cryptoContract().map(({ name }) => name));
  });

  it("P02 P15 D9 files written under BoringSSL are read under Node", { timeout: 120_000 }, async () => {
    const files = JSON.parse(run(bun, [script, "write"])) as ExchangedFile[];

    expect(files).toHaveLength(30);
    expect(await readExchange(files)).toEqual([]);
  });

  it("P02 P15 D9 files written under Node are read under BoringSSL", { timeout: 120_000 }, async () => {
    const files = [...(await writeExchange()), ...(await foreignFiles())];
    const path = folder.write("exchange.json", JSON.stringify(files));

    expect(JSON.parse(run(bun, [script, "read", path]))).toEqual([]);
  });
});

/** Files BoringSSL itself cannot open, or that need ciphers it lacks: read here by OpenSSL's runtime first. */
async function foreignFiles(): Promise<ExchangedFile[]> {
  const { readPrivateKey } = await import("#main/crypto/formats/read-private-key.ts");
  const { SecretBytes } = await import("#main/crypto/secret-bytes.ts");
  const passphrase = "foreign";
  const texts: [string, string][] = [];
  for (const cipher of ["chacha20-poly1305@openssh.com", "aes256-gcm@openssh.com", "3des-cbc", "aes192-cbc"]) {
    run("ssh-keygen", ["-q", "-t", "ecdsa", "-a", "2", "-Z", cipher, "-N", passphrase, "-f", folder.file(cipher)]);
    texts.push([cipher, folder.read(cipher).toString()]);
  }
  const ed25519 = folder.write("ed25519", run("openssl", ["genpkey", "-algorithm", "ed25519"]));
  const rsa = fileURLToPath(new URL("test/fixtures/key-files/rsa-8192.pem", rootUrl));
  const topk8 = ["pkcs8", "-topk8", "-in", ed25519, "-passout", `pass:${passphrase}`];
  texts.push(["scrypt", run("openssl", [...topk8, "-scrypt"])]);
  texts.push(["sha512 PRF", run("openssl", [...topk8, "-v2", "aes-192-cbc", "-v2prf", "hmacWithSHA512"])]);
  texts.push(["sha224 PRF", run("openssl", [...topk8, "-v2", "des3", "-v2prf", "hmacWithSHA224"])]);
  texts.push([
    "DEK-Info",
    run("openssl", ["rsa", "-in", rsa, "-traditional", "-aes192", "-passout", `pass:${passphrase}`]),
  ]);
  texts.push(["RSA-8192", readFileSync(rsa, "utf8")]);
  // RFC 8410 section 10.3: PKCS#8 version 1 with attributes and public key, which BoringSSL refuses.
  texts.push([
    "OneAsymmetricKey",
    "-----BEGIN PRIVATE KEY-----\nMHICAQEwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\noB8wHQYKKoZIhvcNAQkJFDEPDA1DdXJkbGUgQ2hhaXJzgSEAGb9ECWmEzf6FQbrB\nZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PRIVATE KEY-----\n",
  ]);
  return Promise.all(
    texts.map(async ([name, text]) => {
      const { pkcs8 } = await readPrivateKey(Buffer.from(text), SecretBytes.fromText(passphrase));
      return { name, text, passphrase, pkcs8: pkcs8.reveal().toString("base64") };
    }),
  );
}
