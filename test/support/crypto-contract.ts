import assert from "node:assert/strict";
import { constants, createECDH, createPrivateKey, privateDecrypt } from "node:crypto";
import { deriveKey } from "#main/crypto/derive.ts";
import { ed25519PublicKey, signEd25519, verifyEd25519 } from "#main/crypto/ed25519.ts";
import { agreeOnce } from "#main/crypto/ephemeral-ecdh.ts";
import { readPrivateKey } from "#main/crypto/formats/read-private-key.ts";
import { writePrivateKey } from "#main/crypto/formats/write-private-key.ts";
import { hmacSha256, MessageAuthenticator, sha256 } from "#main/crypto/hash.ts";
import {
  generateKeyMaterial,
  type KeyMaterial,
  type KeySpec,
  keyMaterialOf,
  publicBlobOf,
} from "#main/crypto/key-material.ts";
import { derivePasswordKey, unwrapKey, wrapKey } from "#main/crypto/password-kdf.ts";
import { decodePublicBlob, fingerprints, publicLine, publicPem } from "#main/crypto/public-key.ts";
import { randomBytes, randomId, randomSecret } from "#main/crypto/random.ts";
import { oaepEncrypt } from "#main/crypto/rsa-oaep.ts";
import { seal, unseal } from "#main/crypto/seal.ts";
import { SecretBytes } from "#main/crypto/secret-bytes.ts";
import { makeSigner } from "#main/crypto/signer.ts";

/*
 * What every runtime Keystead runs on must do alike: Node's OpenSSL and Electron's BoringSSL (D9). No test framework in
 * here, so that a plain script can run it on a runtime that has none.
 */
export interface ContractCase {
  readonly name: string;
  run(): Promise<void> | void;
}

export const CONTRACT_SPECS: readonly KeySpec[] = [
  { type: "ed25519" },
  { type: "rsa", bits: 2048 },
  { type: "ecdsa", curve: "nistp256" },
  { type: "ecdsa", curve: "nistp384" },
  { type: "ecdsa", curve: "nistp521" },
];
export const CONTRACT_FORMATS = ["pkcs8", "openssh", "ppk"] as const;
export const CONTRACT_PASSPHRASE = "contract pässphrase";

const VAULT = "0b8f3f5e-0c7a-4f6e-9a55-1d2c3b4a5968";
const hex = (text: string): Buffer => Buffer.from(text, "hex");
const code = (wanted: string) => (error: unknown) => (error as { code?: string }).code === wanted;
const nameOf = (spec: KeySpec): string => Object.values(spec).join(" ");

function primitives(): ContractCase[] {
  return [
    {
      name: "SHA-256 of 'abc'",
      run: () =>
        assert.equal(sha256("abc").toString("hex"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    },
    {
      name: "HMAC-SHA-256 of RFC 4231, cases 2 and 6",
      run() {
        assert.equal(
          hmacSha256(SecretBytes.fromText("Jefe"), "what do ya want for nothing?").toString("hex"),
          "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        );
        const mac = new MessageAuthenticator(SecretBytes.copyOf(Buffer.alloc(131, 0xaa)));
        assert.equal(
          mac.tag("Test Using Larger Than Block-Size Key - Hash Key First").toString("hex"),
          "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        );
      },
    },
    {
      name: "key derivation",
      run: () =>
        assert.equal(
          deriveKey(SecretBytes.copyOf(Buffer.alloc(32, 7)), VAULT, "seal")
            .reveal()
            .toString("hex"),
          DERIVED_SEAL_KEY,
        ),
    },
    {
      name: "Ed25519 of RFC 8032, test 2",
      run() {
        const seed = SecretBytes.copyOf(hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"));
        const signature = signEd25519(seed, hex("72"));
        assert.equal(
          signature.toString("hex"),
          "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        );
        assert.equal(verifyEd25519(ed25519PublicKey(seed), hex("72"), signature), true);
        assert.equal(verifyEd25519(ed25519PublicKey(seed), hex("73"), signature), false);
        assert.equal(verifyEd25519(Buffer.alloc(32, 0xff), hex("72"), signature), false);
      },
    },
    {
      name: "Argon2id of the reference implementation",
      async run() {
        const params = { memoryKiB: 256, passes: 2, lanes: 2, salt: Buffer.from("somesalt") };
        const key = await derivePasswordKey(SecretBytes.fromText("password"), params);
        assert.equal(key.reveal().toString("hex"), "6d093c501fd5999645e0ea3bf620d7b8be7fd2db59c20d9fff9539da2bf57037");
      },
    },
    {
      name: "random ids and bytes",
      run() {
        assert.match(randomId(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
        assert.notDeepEqual(randomBytes(32), randomBytes(32));
      },
    },
  ];
}

/** HKDF-SHA-256 of 32 bytes 07, salt = the vault id above, info = "keystead/seal/v1": from `openssl kdf`. */
const DERIVED_SEAL_KEY = "9f8b3b29b9a6846c5415114b0421fbcc65541c1b78628b279680f08a3ad30906";

const PLACE = { vaultId: VAULT, table: "keypairs", rowId: "7", column: "private_key", version: 3 } as const;

function envelopes(): ContractCase[] {
  return [
    {
      name: "a sealed value opens at its place only",
      run() {
        const [key, value] = [randomSecret(32), SecretBytes.fromText("secret value")];
        const sealed = seal(key, PLACE, value);
        assert.equal(unseal(key, PLACE, sealed).equals(value), true);
        const damaged = code("vault/sealed-value-damaged");
        assert.throws(() => unseal(key, { ...PLACE, version: 4 }, sealed), damaged);
        for (let at = 0; at < sealed.length; at++) {
          const altered = Buffer.from(sealed);
          altered[at] = (altered[at] ?? 0) ^ 0x80;
          assert.throws(() => unseal(key, PLACE, altered), damaged);
        }
      },
    },
    {
      name: "a wrapped key opens with its wrapping key only",
      run() {
        const [wrapping, key, slot] = [randomSecret(32), randomSecret(32), Buffer.from("slot")];
        const wrapped = wrapKey(wrapping, key, slot);
        assert.equal(unwrapKey(wrapping, wrapped, slot).equals(key), true);
        assert.throws(() => unwrapKey(randomSecret(32), wrapped, slot), code("vault/wrong-password"));
      },
    },
  ];
}

/** What a token answers when it unlocks a vault, with the token's side played by the runtime's own library. */
function challenges(): ContractCase[] {
  return [
    {
      name: "what is encrypted with OAEP comes back with the same hash only",
      async run() {
        const { pkcs8, publicBlob } = await generateKeyMaterial({ type: "rsa", bits: 2048 });
        const parts = decodePublicBlob(publicBlob);
        assert.equal(parts.type, "rsa");
        const key = createPrivateKey({ key: pkcs8.reveal(), format: "der", type: "pkcs8" });
        const decrypt = (oaepHash: string, text: Buffer) =>
          privateDecrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }, text);
        for (const [hash, other] of [
          ["sha1", "sha256"],
          ["sha256", "sha1"],
        ] as const) {
          const secret = randomSecret(32);
          const text = oaepEncrypt(parts, hash, secret);
          assert.equal(text.length, 256);
          assert.deepEqual(decrypt(hash, text), secret.reveal());
          assert.throws(() => decrypt(other, text));
        }
      },
    },
    ...(["nistp256", "nistp384"] as const).map((curve) => ({
      name: `an agreement on ${curve} gives both sides one secret, and takes no point off the curve`,
      run() {
        const token = createECDH(curve === "nistp256" ? "prime256v1" : "secp384r1");
        const point = token.generateKeys();
        const { publicPoint, secret } = agreeOnce(curve, point);
        assert.deepEqual(token.computeSecret(publicPoint), secret.reveal());
        assert.equal(agreeOnce(curve, point).secret.equals(secret), false);
        const off = Buffer.from(point);
        off[off.length - 1] = (off.at(-1) ?? 0) ^ 1;
        assert.throws(() => agreeOnce(curve, off));
      },
    })),
  ];
}

function keys(): ContractCase[] {
  return CONTRACT_SPECS.map((spec) => ({
    name: `a key pair of ${nameOf(spec)}: made, shown, signed with, written and read in every format`,
    async run() {
      const key = await generateKeyMaterial(spec);
      assert.equal(keyMaterialOf(key.pkcs8).pkcs8.equals(key.pkcs8), true);
      assert.deepEqual(publicBlobOf(key.pkcs8), key.publicBlob);
      assert.ok(publicLine(key.publicBlob, "contract").endsWith(` ${key.publicBlob.toString("base64")} contract`));
      assert.match(publicPem(key.publicBlob), /^-----BEGIN PUBLIC KEY-----\n/);
      assert.match(fingerprints(key.publicBlob).md5, /^MD5:([0-9a-f]{2}:){15}[0-9a-f]{2}$/);
      assert.ok((await makeSigner(key.pkcs8).sign(Buffer.from("data"), "sha256")).length >= 64);
      for (const format of CONTRACT_FORMATS) await writeAndReadBack(key, format);
    },
  }));
}

async function writeAndReadBack(key: KeyMaterial, format: (typeof CONTRACT_FORMATS)[number]): Promise<void> {
  const passphrase = SecretBytes.fromText(CONTRACT_PASSPHRASE);
  const plain = await writePrivateKey(key, { format, comment: "contract" });
  const encrypted = await writePrivateKey(key, { format, comment: "contract", passphrase });
  assert.equal((await readPrivateKey(plain)).pkcs8.equals(key.pkcs8), true);
  assert.equal((await readPrivateKey(encrypted, passphrase)).pkcs8.equals(key.pkcs8), true);
  await assert.rejects(readPrivateKey(encrypted), code("keypairs/passphrase-required"));
  await assert.rejects(readPrivateKey(encrypted, SecretBytes.fromText("x")), code("keypairs/passphrase-wrong"));
}

export function cryptoContract(): readonly ContractCase[] {
  return [...primitives(), ...envelopes(), ...challenges(), ...keys()];
}

/** One file another runtime has to read back to the same key. */
export interface ExchangedFile {
  readonly name: string;
  readonly text: string;
  readonly passphrase: string | undefined;
  /** Base64 of the canonical PKCS#8. */
  readonly pkcs8: string;
}

export async function writeExchange(): Promise<readonly ExchangedFile[]> {
  const files: ExchangedFile[] = [];
  for (const spec of CONTRACT_SPECS) {
    const key = await generateKeyMaterial(spec);
    const pkcs8 = key.pkcs8.reveal().toString("base64");
    for (const format of CONTRACT_FORMATS) {
      for (const passphrase of [undefined, CONTRACT_PASSPHRASE]) {
        const secret = passphrase === undefined ? undefined : SecretBytes.fromText(passphrase);
        const text = await writePrivateKey(key, { format, passphrase: secret, comment: "exchange" });
        const name = `${nameOf(spec)} ${format} ${passphrase === undefined ? "plain" : "encrypted"}`;
        files.push({ name, text: text.reveal().toString("utf8"), passphrase, pkcs8 });
      }
    }
  }
  return files;
}

/** Reads files of any origin; returns the names of those that did not give the key they should, with the reason. */
export async function readExchange(files: readonly ExchangedFile[]): Promise<readonly string[]> {
  const failures: string[] = [];
  for (const file of files) {
    const passphrase = file.passphrase === undefined ? undefined : SecretBytes.fromText(file.passphrase);
    try {
      const { pkcs8 } = await readPrivateKey(Buffer.from(file.text), passphrase);
      if (pkcs8.reveal().toString("base64") !== file.pkcs8) failures.push(`${file.name}: another key`);
    } catch (error) {
      failures.push(`${file.name}: ${String(error)}`);
    }
  }
  return failures;
}
