import { createCipheriv, createDecipheriv, pbkdf2, scrypt } from "node:crypto";
import { promisify } from "node:util";
import { passphraseWrong, tooCostly, unsupportedEncryption } from "../key-errors.ts";
import { randomBytes } from "../random.ts";
import type { SecretBytes } from "../secret-bytes.ts";
import { DerReader, der, derNumber, derOid, derSequence, TAG } from "./der.ts";
import { FormatFault } from "./format-fault.ts";
import { KEY_FILE_LIMITS } from "./limits.ts";

/*
 * PBES2 (RFC 8018) done here and not by the crypto library: BoringSSL reads neither scrypt nor the SHA-512 PRF, and both
 * libraries write a PBKDF2 of 2,048 iterations only.
 *
 *   EncryptedPrivateKeyInfo ::= SEQUENCE { SEQUENCE { PBES2, SEQUENCE { kdf, cipher } }, OCTET STRING }
 */
const PBES2 = "1.2.840.113549.1.5.13";
const PBKDF2 = "1.2.840.113549.1.5.12";
const SCRYPT = "1.3.6.1.4.1.11591.4.11";
const HMAC_SHA1 = "1.2.840.113549.2.7";
const HMAC_SHA256 = "1.2.840.113549.2.9";
const AES_256_CBC = "2.16.840.1.101.3.4.1.42";
const ITERATIONS = 600_000;

const PRFS: Readonly<Record<string, string>> = {
  [HMAC_SHA1]: "sha1",
  "1.2.840.113549.2.8": "sha224",
  [HMAC_SHA256]: "sha256",
  "1.2.840.113549.2.10": "sha384",
  "1.2.840.113549.2.11": "sha512",
};

interface Cipher {
  readonly name: string;
  readonly keyBytes: number;
  readonly ivBytes: number;
}

const CIPHERS: Readonly<Record<string, Cipher>> = {
  "2.16.840.1.101.3.4.1.2": { name: "aes-128-cbc", keyBytes: 16, ivBytes: 16 },
  "2.16.840.1.101.3.4.1.22": { name: "aes-192-cbc", keyBytes: 24, ivBytes: 16 },
  [AES_256_CBC]: { name: "aes-256-cbc", keyBytes: 32, ivBytes: 16 },
  "1.2.840.113549.3.7": { name: "des-ede3-cbc", keyBytes: 24, ivBytes: 8 },
};

const pbkdf2Async = promisify(pbkdf2);

/** Encrypts PrivateKeyInfo: PBKDF2-HMAC-SHA-256 with 600,000 iterations, AES-256-CBC. Every runtime and OpenSSL read it. */
export async function encryptPbes2(plaintext: Buffer, passphrase: SecretBytes): Promise<Buffer> {
  const salt = randomBytes(16);
  const iv = randomBytes(16);
  const key = await pbkdf2Async(passphrase.reveal(), salt, ITERATIONS, 32, "sha256");
  const cipher = createCipheriv("aes-256-cbc", key, iv);
  const encrypted = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  key.fill(0);
  const prf = derSequence(derOid(HMAC_SHA256), der(TAG.null));
  const kdf = derSequence(derOid(PBKDF2), derSequence(der(TAG.octetString, salt), derNumber(ITERATIONS), prf));
  const scheme = derSequence(kdf, derSequence(derOid(AES_256_CBC), der(TAG.octetString, iv)));
  return derSequence(derSequence(derOid(PBES2), scheme), der(TAG.octetString, encrypted));
}

type DeriveKey = (passphrase: Buffer, length: number) => Promise<Buffer>;

/** An EncryptedPrivateKeyInfo understood but not yet opened, so that a missing passphrase is told apart from a bad file. */
export interface Pbes2File {
  open(passphrase: SecretBytes): Promise<Buffer>;
}

export function parsePbes2(file: Buffer): Pbes2File {
  const whole = new DerReader(file);
  const info = whole.sequence();
  whole.end();
  const algorithm = info.sequence();
  const encrypted = info.octets();
  info.end();
  const oid = algorithm.oid();
  if (oid !== PBES2) throw unsupportedEncryption(`an outdated scheme (number ${oid})`);
  const scheme = algorithm.sequence();
  const { derive, keyLength } = parseKdf(scheme.sequence());
  const { cipher, iv } = parseCipher(scheme.sequence());
  if ((keyLength ?? cipher.keyBytes) !== cipher.keyBytes)
    throw new FormatFault("the key length does not suit the cipher");
  if (encrypted.length === 0 || encrypted.length % cipher.ivBytes !== 0) {
    throw new FormatFault("the encrypted part is cut off");
  }
  return {
    async open(passphrase) {
      const key = await derive(passphrase.reveal(), cipher.keyBytes);
      try {
        return decryptPadded(cipher.name, key, iv, encrypted);
      } finally {
        key.fill(0);
      }
    },
  };
}

/** CBC with PKCS#7 padding; padding that does not fit means the wrong key. */
export function decryptPadded(cipherName: string, key: Buffer, iv: Buffer, encrypted: Buffer): Buffer {
  const decipher = createDecipheriv(cipherName, key, iv);
  const start = decipher.update(encrypted);
  let end: Buffer | undefined;
  try {
    end = decipher.final();
    return Buffer.concat([start, end]);
  } catch {
    throw passphraseWrong();
  } finally {
    start.fill(0);
    end?.fill(0);
  }
}

function parseKdf(kdf: DerReader): { readonly derive: DeriveKey; readonly keyLength: number | undefined } {
  const oid = kdf.oid();
  if (oid === PBKDF2) return parsePbkdf2(kdf.sequence());
  if (oid === SCRYPT) return parseScrypt(kdf.sequence());
  throw unsupportedEncryption(`the key derivation numbered ${oid}`);
}

function parsePbkdf2(params: DerReader): ReturnType<typeof parseKdf> {
  const salt = saltOf(params);
  const iterations = params.number();
  const keyLength = params.peek(TAG.integer) ? params.number() : undefined;
  const prf = params.remaining > 0 ? params.sequence().oid() : HMAC_SHA1;
  params.end();
  const hash = Object.hasOwn(PRFS, prf) ? PRFS[prf] : undefined;
  if (hash === undefined) throw unsupportedEncryption(`PBKDF2 and the function numbered ${prf}`);
  if (iterations < 1) throw new FormatFault("the iteration count is zero");
  if (iterations > KEY_FILE_LIMITS.pbkdf2Iterations) throw tooCostly(`${iterations} iterations of PBKDF2`);
  return { keyLength, derive: (passphrase, length) => pbkdf2Async(passphrase, salt, iterations, length, hash) };
}

function parseScrypt(params: DerReader): ReturnType<typeof parseKdf> {
  const salt = saltOf(params);
  const [N, r, p] = [params.number(), params.number(), params.number()];
  const keyLength = params.peek(TAG.integer) ? params.number() : undefined;
  params.end();
  if (N < 2 || !Number.isInteger(Math.log2(N)) || r < 1 || p < 1)
    throw new FormatFault("the scrypt settings are not valid");
  // p lanes hold 128 × r each beside the N blocks.
  const memory = 128 * r * (N + p);
  if (memory > KEY_FILE_LIMITS.scryptBytes || N * r * p > KEY_FILE_LIMITS.scryptWork) {
    throw tooCostly(`scrypt with N=${N}, r=${r}, p=${p}`);
  }
  const cost = { N, r, p, maxmem: 2 * memory + 1024 * 1024 };
  return { keyLength, derive: (passphrase, length) => scryptAsync(passphrase, salt, length, cost) };
}

function scryptAsync(
  passphrase: Buffer,
  salt: Buffer,
  length: number,
  cost: { readonly N: number; readonly r: number; readonly p: number; readonly maxmem: number },
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(passphrase, salt, length, cost, (error, key) => (error ? reject(error) : resolve(key)));
  }).catch((cause: unknown) => {
    throw new FormatFault("the scrypt settings are not accepted", { cause });
  }) as Promise<Buffer>;
}

function saltOf(params: DerReader): Buffer {
  const salt = params.octets();
  if (salt.length > KEY_FILE_LIMITS.saltBytes) throw new FormatFault("the salt is too long");
  return salt;
}

function parseCipher(algorithm: DerReader): { readonly cipher: Cipher; readonly iv: Buffer } {
  const oid = algorithm.oid();
  const cipher = Object.hasOwn(CIPHERS, oid) ? CIPHERS[oid] : undefined;
  if (cipher === undefined) throw unsupportedEncryption(`the cipher numbered ${oid}`);
  const iv = algorithm.octets();
  if (iv.length !== cipher.ivBytes) throw new FormatFault("the cipher's start value has the wrong length");
  return { cipher, iv };
}
