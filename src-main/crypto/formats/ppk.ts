import type { Argon2Flavour, Argon2Params } from "../argon2.ts";
import { equalBytes } from "../hash.ts";
import {
  passphraseRequired,
  passphraseWrong,
  tooCostly,
  unsupportedEncryption,
  unsupportedKey,
} from "../key-errors.ts";
import { ecdsaParts, ed25519Parts, type PrivateParts, publicPartsOf, rsaParts } from "../private-key.ts";
import { decodePublicBlob, encodePublicBlob, keyTypeOf, type PublicParts } from "../public-key.ts";
import { randomBytes } from "../random.ts";
import { SecretBytes } from "../secret-bytes.ts";
import { WireReader, wireMpint, wireString } from "../ssh-wire.ts";
import { decodeBase64, encodeBase64 } from "./base64.ts";
import { FormatFault } from "./format-fault.ts";
import { KEY_FILE_LIMITS } from "./limits.ts";
import { type PpkKeys, ppk2Keys, ppk3Keys, ppkDecrypt, ppkEncrypt, ppkMac, wipeKeys } from "./ppk-crypto.ts";
import { type PpkFile, parsePpk } from "./ppk-file.ts";
import type { Passphrase, ReadKey } from "./read-result.ts";

/** RFC 9106's second choice; PuTTY itself writes 8 MiB. */
const COST = { memoryKiB: 64 * 1024, passes: 3, lanes: 4 } as const;

/** Writes PPK version 3 (PuTTY 0.75 and later); with a passphrase AES-256-CBC under Argon2id. */
export async function writePpk(parts: PrivateParts, comment: string, passphrase: Passphrase): Promise<SecretBytes> {
  const publicParts = publicPartsOf(parts);
  const publicBlob = encodePublicBlob(publicParts);
  const encryption = passphrase === undefined ? "none" : "aes256-cbc";
  const salt = randomBytes(16);
  const keys = passphrase === undefined ? undefined : await ppk3Keys(passphrase.reveal(), "id", { ...COST, salt });
  const privateBlob = privateBlobOf(parts, keys === undefined ? 1 : 16);
  const algorithm = keyTypeOf(publicParts);
  const mac = ppkMac(3, keys?.macKey ?? Buffer.alloc(0), { algorithm, encryption, comment, publicBlob, privateBlob });
  const body = keys === undefined ? Buffer.from(privateBlob) : ppkEncrypt(keys, privateBlob);
  const kdf = [
    "Key-Derivation: Argon2id",
    `Argon2-Memory: ${COST.memoryKiB}`,
    `Argon2-Passes: ${COST.passes}`,
    `Argon2-Parallelism: ${COST.lanes}`,
    `Argon2-Salt: ${salt.toString("hex")}`,
  ];
  const head = [`PuTTY-User-Key-File-3: ${algorithm}`, `Encryption: ${encryption}`, `Comment: ${comment}`];
  const text = Buffer.concat([
    Buffer.from(`${head.join("\n")}\n`),
    base64Lines("Public", publicBlob),
    Buffer.from(keys === undefined ? "" : `${kdf.join("\n")}\n`),
    base64Lines("Private", body),
    Buffer.from(`Private-MAC: ${mac.toString("hex")}\n`),
  ]);
  for (const secret of [privateBlob, body]) secret.fill(0);
  if (keys !== undefined) wipeKeys(keys);
  return SecretBytes.take(text);
}

function base64Lines(name: "Public" | "Private", bytes: Buffer): Buffer {
  const text = encodeBase64(bytes, 64);
  const lines = Math.ceil(bytes.length / 48);
  const section = Buffer.concat([Buffer.from(`${name}-Lines: ${lines}\n`), text]);
  text.fill(0);
  return section;
}

function privateBlobOf(k: PrivateParts, blockBytes: number): Buffer {
  const fields =
    k.type === "rsa"
      ? [k.d, k.p, k.q, k.qi].map(wireMpint)
      : [k.type === "ecdsa" ? wireMpint(k.scalar) : wireString(k.seed)];
  const used = Buffer.concat(fields);
  const padding = randomBytes((blockBytes - (used.length % blockBytes)) % blockBytes);
  const blob = Buffer.concat([used, padding]);
  for (const secret of [used, ...fields]) secret.fill(0);
  return blob;
}

export async function readPpk(text: Buffer, passphrase: Passphrase): Promise<ReadKey> {
  const file = parsePpk(text);
  const publicBlob = decodeBase64(file.publicLines);
  const publicParts = readPublic(file.algorithm, publicBlob);
  const stored = decodeBase64(file.privateLines);
  const keys = await keysOf(file, stored, passphrase);
  const privateBlob = file.encryption === "none" ? stored : ppkDecrypt(keys, stored);
  try {
    const mac = ppkMac(file.version, keys.macKey, { ...file, publicBlob, privateBlob });
    if (!equalBytes(mac, file.mac)) {
      throw file.encryption === "none" ? new FormatFault("its check sum does not fit") : passphraseWrong();
    }
    return { parts: readPrivate(publicParts, privateBlob, file.encryption === "none" ? 1 : 16), comment: file.comment };
  } finally {
    wipeKeys(keys);
    privateBlob.fill(0);
  }
}

function readPublic(algorithm: string, blob: Buffer): PublicParts {
  const known = /^(ssh-rsa|ssh-ed25519|ecdsa-sha2-nistp(256|384|521))$/;
  if (!known.test(algorithm)) throw unsupportedKey(`of type ${algorithm.replace(/[^\w@.-]/g, "").slice(0, 64)}`);
  const parts = decodePublicBlob(blob);
  if (keyTypeOf(parts) !== algorithm) throw new FormatFault("its key is not of the type its first line names");
  return parts;
}

async function keysOf(file: PpkFile, stored: Buffer, passphrase: Passphrase): Promise<PpkKeys> {
  const none = Buffer.alloc(0);
  if (file.encryption === "none")
    return file.version === 2 ? ppk2Keys(none) : { cipherKey: none, iv: none, macKey: none };
  if (file.encryption !== "aes256-cbc")
    throw unsupportedEncryption(file.encryption.replace(/[^\w@.-]/g, "").slice(0, 64));
  if (stored.length === 0 || stored.length % 16 !== 0) throw new FormatFault("the encrypted part is cut off");
  if (file.kdf !== undefined) checkCost(file.kdf.params);
  if (passphrase === undefined) throw passphraseRequired();
  if (file.kdf === undefined) return ppk2Keys(passphrase.reveal());
  return ppk3Keys(passphrase.reveal(), file.kdf.flavour satisfies Argon2Flavour, file.kdf.params);
}

function checkCost({ memoryKiB, passes, lanes, salt }: Argon2Params): void {
  const limits = KEY_FILE_LIMITS;
  const work = memoryKiB * passes > limits.argon2Work;
  if (work || memoryKiB > limits.argon2MemoryKiB || passes > limits.argon2Passes || lanes > limits.argon2Lanes) {
    throw tooCostly(`Argon2 with ${memoryKiB} KiB, ${passes} passes and ${lanes} lanes`);
  }
  if (salt.length < 8 || salt.length > limits.saltBytes) throw new FormatFault("the salt has no valid length");
}

function readPrivate(publicParts: PublicParts, blob: Buffer, blockBytes: number): PrivateParts {
  const reader = new WireReader(blob);
  const parts = readFields(publicParts, reader);
  if (reader.remaining >= blockBytes) throw new FormatFault("bytes follow where the data should end");
  return parts;
}

function readFields(known: PublicParts, reader: WireReader): PrivateParts {
  if (known.type === "rsa") {
    const next = (): Buffer => reader.magnitude();
    return rsaParts({ n: known.n, e: known.e, d: next(), p: next(), q: next(), qi: next() });
  }
  if (known.type === "ecdsa") return ecdsaParts(known.curve, reader.magnitude(), known.point);
  // To the format the seed is a little-endian number, which may come without the zero bytes at its end.
  const stored = reader.string();
  if (stored.length > 32) throw new FormatFault("an Ed25519 key has 32 bytes");
  const seed = Buffer.alloc(32);
  seed.set(stored);
  const parts = ed25519Parts(seed, known.publicKey);
  seed.fill(0);
  return parts;
}
