import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTokenModules } from "#main/adapters/pkcs11/create-token-modules.ts";
import { nodeProcess } from "#main/adapters/pkcs11/node-process.ts";
import { SecretBytes } from "#main/crypto/secret-bytes.ts";
import { tokenAt } from "#main/features/tokens/token-identity.ts";
import type { TokenObject, TokenView } from "#shared/models/token.ts";
import { TestFolder, vaultTemplate } from "#test/support/kernel.ts";
import { run } from "#test/support/key-tools.ts";
import { pkcs11Tool, witnessUnavailable } from "#test/support/tokens/pkcs11-tool.ts";
import { softHsmUnavailable } from "#test/support/tokens/softhsm.ts";
import { TokenBench, USER_PIN } from "./bench.ts";

const folder = new TestFolder("tokens-objects");
const unavailable = softHsmUnavailable() ?? witnessUnavailable();
let bench: TokenBench;
let token: TokenView;
beforeAll(async () => {
  if (unavailable !== undefined) return;
  const copy = await vaultTemplate(folder);
  bench = await TokenBench.open(copy("objects"));
  token = await bench.made("Objects");
});
afterAll(async () => {
  await bench?.[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const witness = () => pkcs11Tool({ ...bench.hsm, label: "Objects", pin: USER_PIN });
async function generate(spec: string, label: string, more: object = {}): Promise<readonly TokenObject[]> {
  return (await bench.kernel.must("tokens.generateKey", { id: token.id, spec, label, ...more })).objects;
}
const list = async (): Promise<readonly TokenObject[]> =>
  (await bench.kernel.must("tokens.listObjects", { id: token.id })).objects;
const half = (objects: readonly TokenObject[], kind: TokenObject["class"]): TokenObject => {
  const found = objects.find((object) => object.class === kind);
  if (found === undefined) throw new Error(`no ${kind}`);
  return found;
};

const PAIRS = [
  { spec: "rsa-2048", type: "RSA", bits: 2048, mechanism: "SHA256-RSA-PKCS", algorithm: "sha256WithRSAEncryption" },
  { spec: "rsa-3072", type: "RSA", bits: 3072, mechanism: "SHA256-RSA-PKCS", algorithm: "sha256WithRSAEncryption" },
  { spec: "ecdsa-p256", type: "EC", bits: 256, mechanism: "ECDSA", algorithm: "ecdsa-with-SHA256" },
  { spec: "ecdsa-p384", type: "EC", bits: 384, mechanism: "ECDSA", algorithm: "ecdsa-with-SHA384" },
  { spec: "ed25519", type: "Ed25519", bits: 256, mechanism: "EDDSA", algorithm: "ED25519" },
] as const;

describe.skipIf(unavailable !== undefined)("objects on SoftHSM", () => {
  it.each(PAIRS)(
    "H07 C33 C47 makes $spec, one id on both halves, and shows what the token says of it",
    async ({ spec, type, bits }) => {
      const objects = await generate(spec, `key ${spec}`);
      const [secret, open] = [half(objects, "private-key"), half(objects, "public-key")];
      expect(objects).toHaveLength(2);
      expect(secret).toMatchObject({
        label: `key ${spec}`,
        keyType: type,
        bits,
        sensitive: true,
        extractable: false,
        alwaysSensitive: true,
        neverExtractable: true,
        local: true,
        linked: [open.ref],
      });
      expect(secret.uses).toContain("sign");
      expect(secret.keyId).toMatch(/^[0-9a-f]{40}$/);
      expect(open).toMatchObject({ keyId: secret.keyId, fingerprint: secret.fingerprint, linked: [secret.ref] });
      expect(open.fingerprint).toMatch(/^SHA256:/);
    },
  );

  it.each(PAIRS)(
    "H10 signs a request with $spec that openssl verifies, and takes the certificate back",
    async ({ spec, algorithm }) => {
      const key = half(await generate(spec, `web ${spec}`), "private-key");
      const { pem, fileName } = await bench.kernel.must("tokens.requestCertificate", {
        id: token.id,
        ref: key.ref,
        subject: "CN=web 1.example.com,O=Schlüssel\\, GmbH,C=DE",
        dnsNames: ["web1.example.com", "*.example.com", "bücher.example"],
      });
      expect(fileName).toBe(`web_${spec}.csr.pem`);
      const csr = folder.at(`${spec}.csr`);
      writeFileSync(csr, pem);
      const shown = openssl("req", "-in", csr, "-noout", "-verify", "-text", "-nameopt", "RFC2253,utf8,-esc_msb");
      expect(shown).toContain("self-signature verify OK");
      expect(shown).toContain(`Signature Algorithm: ${algorithm}`);
      expect(shown).toContain("Subject: CN=web 1.example.com,O=Schlüssel\\, GmbH,C=DE");
      expect(shown).toContain("DNS:web1.example.com, DNS:*.example.com, DNS:xn--bcher-kva.example");
      const changed = folder.at(`${spec}.changed.csr`);
      const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ""), "base64");
      der[der.indexOf("web1")] = 0x57;
      writeFileSync(changed, der);
      expect(openssl("req", "-in", changed, "-inform", "DER", "-noout", "-verify")).toContain("verify failure");

      const ca = authority();
      const cert = folder.at(`${spec}.crt`);
      run("openssl", [
        "x509",
        "-req",
        "-in",
        csr,
        "-CA",
        ca.cert,
        "-CAkey",
        ca.key,
        "-days",
        "9",
        "-out",
        cert,
        "-copy_extensions",
        "copyall",
        "-set_serial",
        "0x8f00a1",
      ]);
      const certificate = run("cat", [cert]);
      const { object } = await bench.kernel.must("tokens.importCertificate", { id: token.id, certificate });
      expect(object).toMatchObject({ class: "certificate", keyId: key.keyId, label: `web ${spec}` });
      expect(object.linked).toContain(key.ref);
      const view = await bench.kernel.must("tokens.certificate", { id: token.id, ref: object.ref });
      expect(view).toMatchObject({
        subject: "CN=web 1.example.com,O=Schlüssel\\, GmbH,C=DE",
        issuer: "CN=Test CA",
        serialNumber: "8f00a1",
        subjectAltNames: ["DNS:web1.example.com", "DNS:*.example.com", "DNS:xn--bcher-kva.example"],
        selfSigned: false,
      });
      expect(view.fingerprintSha256).toBe(
        run("openssl", ["x509", "-in", cert, "-noout", "-fingerprint", "-sha256"]).trim().split("=")[1],
      );
      const body = certificate.slice(certificate.indexOf("-----BEGIN")).replace(/-----[^-]+-----|\s/g, "");
      expect(await witness().read("cert", key.keyId)).toEqual(Buffer.from(body, "base64"));
      expect(await bench.kernel.code("tokens.importCertificate", { id: token.id, certificate })).toBe(
        "tokens/object-ambiguous",
      );
    },
  );

  it("H10 C34 refuses a certificate of a key that is not on the token, and what is no certificate", async () => {
    const ca = authority();
    const certificate = run("cat", [ca.cert]);
    expect(await bench.kernel.code("tokens.importCertificate", { id: token.id, certificate })).toBe(
      "tokens/certificate-mismatch",
    );
    for (const nonsense of ["hello", "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----", "MAA="])
      expect(await bench.kernel.code("tokens.importCertificate", { id: token.id, certificate: nonsense })).toBe(
        "tokens/certificate-unreadable",
      );
  });

  it("H10 refuses a subject and names that cannot be, with a sentence", async () => {
    const key = half(await generate("ecdsa-p256", "bad names"), "private-key");
    const ask = (subject: string, dnsNames: string[] = []) =>
      bench.kernel.code("tokens.requestCertificate", { id: token.id, ref: key.ref, subject, dnsNames });
    for (const subject of ["nonsense", "CN=", "C=Germany", "XX=1", "CN=a,"])
      expect(await ask(subject)).toBe("request/invalid-params");
    for (const name of ["a b", "-a.example", "a..b", "http://x/"])
      expect(await ask("CN=x", [name])).toBe("request/invalid-params");
    // What a URL would take for an address, and write anew as another one.
    for (const name of ["1234", "0x7f.1", "*.1234", "10.0.0.5"])
      expect([name, await ask("CN=x", [name])]).toEqual([name, "request/invalid-params"]);
    expect(await ask("CN=x", ["1234.example", "10.0.0.5.example"])).toBe("ok");
  });

  it.each(PAIRS)(
    "H07 what Keystead made with $spec, pkcs11-tool lists, signs with and verifies",
    async ({ spec, mechanism }) => {
      const key = half(await generate(spec, `seen ${spec}`), "private-key");
      const seen = (await witness().objects()).filter((object) => object.id === key.keyId);
      expect(seen.map((object) => object.kind).sort()).toEqual(["Private Key Object", "Public Key Object"]);
      expect(seen.every((object) => object.label === `seen ${spec}`)).toBe(true);
      const access = seen.find((object) => object.kind.startsWith("Private"))?.access;
      expect(access).toEqual(expect.arrayContaining(["sensitive", "always sensitive", "never extractable", "local"]));
      const message = mechanism === "ECDSA" ? randomBytes(32) : randomBytes(100);
      const signature = await witness().sign(mechanism, key.keyId, message);
      const { text } = await bench.kernel.must("tokens.publicKey", { id: token.id, ref: key.ref });
      const [file, data, sig] = [folder.at("pub"), folder.at("data"), folder.at("sig")];
      writeFileSync(file, text);
      writeFileSync(data, message);
      writeFileSync(sig, signature);
      if (mechanism === "SHA256-RSA-PKCS")
        expect(run("openssl", ["dgst", "-sha256", "-verify", file, "-signature", sig, data])).toContain("Verified OK");
      if (mechanism === "EDDSA")
        expect(
          run("openssl", ["pkeyutl", "-verify", "-pubin", "-inkey", file, "-rawin", "-in", data, "-sigfile", sig]),
        ).toContain("Verified");
    },
  );

  it("H07 C35 what pkcs11-tool made, Keystead lists whole, names, requests a certificate with and deletes", async () => {
    const id = "a1b2c3";
    await witness().generateKeyPair("EC:prime256v1", id, "foreign");
    const objects = (await list()).filter((object) => object.keyId === id);
    expect(objects.map((object) => object.class).sort()).toEqual(["private-key", "public-key"]);
    const key = half(objects, "private-key");
    expect(key).toMatchObject({ curve: "P-256", fingerprint: half(objects, "public-key").fingerprint });
    const { objects: renamed } = await bench.kernel.must("tokens.renameObject", {
      id: token.id,
      ref: key.ref,
      label: "ours now",
    });
    expect(renamed.map((object: TokenObject) => object.label)).toEqual(["ours now", "ours now"]);
    expect((await witness().objects()).filter((object) => object.label === "ours now")).toHaveLength(2);
    const ref = half(renamed, "private-key").ref;
    const { pem } = await bench.kernel.must("tokens.requestCertificate", { id: token.id, ref, subject: "CN=foreign" });
    expect(run("openssl", ["req", "-noout", "-subject"], pem)).toContain("CN = foreign");
    expect(await bench.kernel.code("tokens.deleteObject", { id: token.id, ref, confirm: "OURS NOW" })).toBe(
      "tokens/confirmation-wrong",
    );
    const { deleted } = await bench.kernel.must("tokens.deleteObject", { id: token.id, ref, confirm: "ours now" });
    expect(deleted).toHaveLength(2);
    expect((await witness().objects()).filter((object) => object.id === id)).toEqual([]);
    expect(await bench.kernel.code("tokens.deleteObject", { id: token.id, ref, confirm: "ours now" })).toBe(
      "tokens/object-not-found",
    );
  });

  it("H07 says what is gone for good when the token keeps the rest, and deletes nothing when it keeps the private half", async () => {
    const P256 = Buffer.from("06082a8648ce3d030107", "hex");
    const pair = async (label: string, keeps: "public" | "private") => {
      const modules = createTokenModules({ startProcess: nodeProcess(bench.hsm.env) });
      try {
        const module = await modules.open(bench.hsm.module);
        const slot = (await module.slots()).find((each) => each.token?.label === "Objects");
        if (slot?.token === undefined) throw new Error("no token");
        const { slotId } = slot;
        using pin = SecretBytes.fromText(USER_PIN);
        await module.logIn(tokenAt({ slot, info: slot.token }), "user", pin);
        const both = { CKA_TOKEN: true, CKA_LABEL: label, CKA_ID: randomBytes(20) };
        await module.generateKeyPair(
          slotId,
          { name: "CKM_EC_KEY_PAIR_GEN" },
          { ...both, CKA_EC_PARAMS: P256, CKA_VERIFY: true, CKA_DESTROYABLE: keeps !== "public" },
          { ...both, CKA_PRIVATE: true, CKA_SIGN: true, CKA_DESTROYABLE: keeps !== "private" },
        );
      } finally {
        await modules.closeAll();
      }
      return (await list()).filter((object) => object.label === label);
    };
    const kinds = async (label: string) =>
      (await list()).filter((each) => each.label === label).map((each) => each.class);
    const kept = await pair("half kept", "public");
    const ask = { id: token.id, ref: half(kept, "private-key").ref, confirm: "half kept" };
    expect(await bench.kernel.reply("tokens.deleteObject", ask)).toMatchObject({
      ok: false,
      error: {
        code: "tokens/deletion-incomplete",
        message: expect.stringContaining("deleted for good"),
        details: { deleted: [ask.ref], left: [half(kept, "public-key").ref] },
      },
    });
    expect(await kinds("half kept")).toEqual(["public-key"]);
    const whole = half(await pair("whole kept", "private"), "private-key");
    expect(
      await bench.kernel.code("tokens.deleteObject", { id: token.id, ref: whole.ref, confirm: "whole kept" }),
    ).toBe("tokens/not-permitted");
    expect(await kinds("whole kept")).toEqual(["private-key", "public-key"]);
  });

  it("H07 a public key in OpenSSH form is the one ssh-keygen reads", async () => {
    const key = half(await generate("ed25519", 'quote " it'), "private-key");
    const { text } = await bench.kernel.must("tokens.publicKey", { id: token.id, ref: key.ref, format: "openssh" });
    const file = folder.at("id.pub");
    writeFileSync(file, text);
    expect(run("ssh-keygen", ["-lf", file])).toContain(key.fingerprint ?? "none");
  });

  it("H07 AES keys come in every size, and a wrapping key does nothing but wrap", async () => {
    for (const bits of [128, 192, 256]) {
      const [key] = await generate(`aes-${bits}`, `aes ${bits}`);
      expect(key).toMatchObject({
        class: "secret-key",
        keyType: "AES",
        bits,
        sensitive: true,
        extractable: false,
        local: true,
      });
      expect([...(key?.uses ?? [])].sort()).toEqual(["decrypt", "encrypt"]);
    }
    const [wrapping] = await generate("aes-256", "wrapper", { purpose: "wrap", extractable: true });
    expect([...(wrapping?.uses ?? [])].sort()).toEqual(["unwrap", "wrap"]);
    expect(wrapping).toMatchObject({ extractable: true, neverExtractable: false });
  });

  it("C33 refuses an id that another key has", async () => {
    const key = half(await generate("ecdsa-p256", "first"), "private-key");
    expect(
      await bench.kernel.code("tokens.generateKey", {
        id: token.id,
        spec: "aes-128",
        label: "second",
        keyId: key.keyId,
      }),
    ).toBe("tokens/object-ambiguous");
  });

  it("H07 shows only public objects and refuses work when nobody is logged in", async () => {
    await bench.kernel.must("tokens.logOut", { id: token.id });
    const { objects, loggedIn } = await bench.kernel.must("tokens.listObjects", { id: token.id });
    expect(loggedIn).toBe(false);
    expect(objects.some((object: TokenObject) => object.class === "private-key")).toBe(false);
    expect(await bench.kernel.code("tokens.generateKey", { id: token.id, spec: "aes-128", label: "no" })).toBe(
      "tokens/not-logged-in",
    );
    await bench.kernel.must("tokens.logIn", { id: token.id, pin: USER_PIN });
  });

  it("H07 lists a token with 1,000 objects, each of them", async () => {
    const { id } = await bench.made("Thousand");
    const tokenModules = createTokenModules({ startProcess: nodeProcess(bench.hsm.env) });
    const module = await tokenModules.open(bench.hsm.module);
    const slotId = (await module.slots()).find((each) => each.token?.label === "Thousand")?.slotId ?? "";
    for (let index = 0; index < 1000; index++)
      await module.createObject(slotId, {
        CKA_CLASS: 2,
        CKA_KEY_TYPE: 0,
        CKA_TOKEN: true,
        CKA_PRIVATE: false,
        CKA_LABEL: `key ${index}`,
        CKA_ID: Buffer.from(index.toString(16).padStart(4, "0"), "hex"),
        CKA_MODULUS: Buffer.alloc(256, 0xc5 + (index % 7)),
        CKA_PUBLIC_EXPONENT: Buffer.of(1, 0, 1),
      });
    await tokenModules.closeAll();
    const { objects } = await bench.kernel.must("tokens.listObjects", { id });
    expect(objects).toHaveLength(1000);
    expect(new Set(objects.map((object: TokenObject) => `${object.keyId} ${object.label}`))).toEqual(
      new Set(Array.from({ length: 1000 }, (_, index) => `${index.toString(16).padStart(4, "0")} key ${index}`)),
    );
  });

  it("H07 everything else is answered while the token makes an RSA-4096 key", async () => {
    const answered = () => bench.ear.answers.get("generateKeyPair") ?? 0;
    let between = false;
    // A key can be found at once by luck, and then nothing is seen; five times in a row it cannot.
    for (let key = 0; key < 5 && !between; key++) {
      const before = answered();
      const begun = new Promise<void>((resolve) => bench.ear.before("generateKeyPair", async () => resolve()));
      const making = generate("rsa-4096", `large ${key}`);
      await Promise.race([begun, making]);
      for (const operation of ["tokens.list", "tokens.listModules", "keypairs.list", "servers.list"] as const)
        await bench.kernel.must(operation);
      between = answered() === before;
      expect(await making).toHaveLength(2);
    }
    expect(between, "each of them waited for the key").toBe(true);
  });

  it("A01 leaves no bug behind, and the traces name what was done", async () => {
    expect(bench.kernel.bugs).toEqual([]);
    const { traces } = await bench.kernel.must("audit.list", { limit: 500 });
    const names = new Set(traces.map((trace: { name: string }) => trace.name));
    for (const name of [
      "generateTokenKey",
      "requestCertificate",
      "importCertificate",
      "deleteTokenObject",
      "renameTokenObject",
    ])
      expect(names).toContain(name);
    expect(JSON.stringify(traces)).not.toContain(USER_PIN);
    expect(await bench.kernel.must("audit.verify")).toMatchObject({ intact: true });
  });
});

/** Both its outputs: it says on standard error what it found, and ends with 0 whatever that was. */
function openssl(...args: readonly string[]): string {
  const { stdout, stderr } = spawnSync("openssl", args, { encoding: "utf8" });
  return stdout + stderr;
}

let made: { readonly cert: string; readonly key: string } | undefined;
function authority(): { readonly cert: string; readonly key: string } {
  if (made === undefined) {
    made = { cert: join(folder.path, "ca.crt"), key: join(folder.path, "ca.key") };
    run("openssl", [
      "req",
      "-x509",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:P-256",
      "-nodes",
      "-subj",
      "/CN=Test CA",
      "-keyout",
      made.key,
      "-out",
      made.cert,
      "-days",
      "30",
    ]);
  }
  return made;
}
