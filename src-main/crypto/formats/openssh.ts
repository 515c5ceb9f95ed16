import { isCurve } from "../curves.ts";
import {
  passphraseRequired,
  passphraseWrong,
  tooCostly,
  unsupportedEncryption,
  unsupportedKey,
} from "../key-errors.ts";
import { ecdsaParts, ed25519Parts, type PrivateParts, publicPartsOf, rsaParts, wipeParts } from "../private-key.ts";
import { encodePublicBlob, keyTypeOf } from "../public-key.ts";
import { randomBytes } from "../random.ts";
import { SecretBytes } from "../secret-bytes.ts";
import { WireReader, wireMpint, wireString, wireUint32 } from "../ssh-wire.ts";
import { bcryptKdf } from "./bcrypt-kdf.ts";
import { FormatFault } from "./format-fault.ts";
import { KEY_FILE_LIMITS } from "./limits.ts";
import { encryptAes256Ctr, OPENSSH_CIPHERS, type OpensshCipher } from "./openssh-ciphers.ts";
import { armour } from "./pem.ts";
import type { Passphrase, ReadKey } from "./read-result.ts";

/*
 * OpenSSH's PROTOCOL.key:
 *
 *   "openssh-key-v1" NUL, string cipher, string kdf, string kdf options (string salt, uint32 rounds), uint32 number of keys,
 *   string public blob, string private section; authenticated ciphers put their tag behind it
 *
 *   private section: uint32 check twice, the key's fields, string comment, bytes 1 2 3 … up to the block size
 */
const MAGIC = Buffer.from("openssh-key-v1\0", "latin1");
export const OPENSSH_LABEL = "OPENSSH PRIVATE KEY";
const ROUNDS = 24;

/** Writes the file; with a passphrase aes256-ctr under 24 rounds of bcrypt, OpenSSH's own present choice. */
export async function writeOpenssh(parts: PrivateParts, comment: string, passphrase: Passphrase): Promise<SecretBytes> {
  const section = privateSection(parts, comment, passphrase === undefined ? 8 : 16);
  const { names, body } = passphrase === undefined ? unencrypted(section) : await encrypted(section, passphrase);
  const blob = encodePublicBlob(publicPartsOf(parts));
  const file = Buffer.concat([MAGIC, names, wireUint32(1), wireString(blob), wireString(body)]);
  section.fill(0);
  body.fill(0);
  return SecretBytes.take(armour(OPENSSH_LABEL, file, 70));
}

interface Sealed {
  readonly names: Buffer;
  readonly body: Buffer;
}

function unencrypted(section: Buffer): Sealed {
  return { names: Buffer.concat([wireString("none"), wireString("none"), wireString("")]), body: Buffer.from(section) };
}

async function encrypted(section: Buffer, passphrase: SecretBytes): Promise<Sealed> {
  const salt = randomBytes(16);
  const keyAndIv = await bcryptKdf(passphrase.reveal(), salt, ROUNDS, 48);
  const body = encryptAes256Ctr(keyAndIv.subarray(0, 32), keyAndIv.subarray(32), section);
  keyAndIv.fill(0);
  const options = wireString(Buffer.concat([wireString(salt), wireUint32(ROUNDS)]));
  return { names: Buffer.concat([wireString("aes256-ctr"), wireString("bcrypt"), options]), body };
}

function privateSection(parts: PrivateParts, comment: string, blockBytes: number): Buffer {
  const check = randomBytes(4);
  const fields = [wireString(keyTypeOf(publicPartsOf(parts))), ...privateFields(parts)];
  const used = Buffer.concat([check, check, ...fields, wireString(comment)]);
  for (const field of fields) field.fill(0);
  const padding = Buffer.alloc((blockBytes - (used.length % blockBytes)) % blockBytes).map((_, i) => i + 1);
  const section = Buffer.concat([used, padding]);
  used.fill(0);
  return section;
}

function privateFields(k: PrivateParts): Buffer[] {
  if (k.type === "rsa") return [k.n, k.e, k.d, k.qi, k.p, k.q].map(wireMpint);
  if (k.type === "ecdsa") return [wireString(k.curve), wireString(k.point), wireMpint(k.scalar)];
  const both = Buffer.concat([k.seed, k.publicKey]);
  const fields = [wireString(k.publicKey), wireString(both)];
  both.fill(0);
  return fields;
}

/** Reads the file's bytes, already without their armour. */
export async function readOpenssh(file: Buffer, passphrase: Passphrase): Promise<ReadKey> {
  const outer = new WireReader(file);
  if (outer.remaining < MAGIC.length || !outer.take(MAGIC.length).equals(MAGIC)) {
    throw new FormatFault("the OpenSSH file does not begin as it must");
  }
  const cipherName = outer.name();
  const kdf = outer.name();
  const options = outer.string();
  if (outer.uint32() !== 1) throw unsupportedKey("one of several in a file");
  const blob = outer.string();
  const body = outer.string();
  if (cipherName === "none") {
    if (kdf !== "none" || options.length !== 0) throw new FormatFault("the file names a key derivation but no cipher");
    outer.end();
    return readSection(body, 8, blob, new FormatFault("the two check numbers differ"));
  }
  const cipher = Object.hasOwn(OPENSSH_CIPHERS, cipherName) ? OPENSSH_CIPHERS[cipherName] : undefined;
  if (cipher === undefined) throw unsupportedEncryption(cipherName.slice(0, 64));
  if (kdf !== "bcrypt") throw unsupportedEncryption(kdf.slice(0, 64));
  const tag = outer.take(cipher.tagBytes);
  outer.end();
  if (body.length % cipher.blockBytes !== 0 || body.length === 0)
    throw new FormatFault("the encrypted part is cut off");
  const section = await decrypt(cipher, options, body, tag, passphrase);
  try {
    return readSection(section, cipher.blockBytes, blob, passphraseWrong());
  } finally {
    section.fill(0);
  }
}

async function decrypt(
  cipher: OpensshCipher,
  options: Buffer,
  body: Buffer,
  tag: Buffer,
  passphrase: Passphrase,
): Promise<Buffer> {
  const reader = new WireReader(options);
  const salt = reader.string();
  const rounds = reader.uint32();
  reader.end();
  if (salt.length === 0 || salt.length > KEY_FILE_LIMITS.saltBytes || rounds === 0) {
    throw new FormatFault("the key derivation's settings are not valid");
  }
  if (rounds > KEY_FILE_LIMITS.bcryptRounds) throw tooCostly(`${rounds} rounds of bcrypt`);
  if (passphrase === undefined) throw passphraseRequired();
  const keyAndIv = await bcryptKdf(passphrase.reveal(), salt, rounds, cipher.keyBytes + cipher.ivBytes);
  const key = keyAndIv.subarray(0, cipher.keyBytes);
  const section = cipher.decrypt(key, keyAndIv.subarray(cipher.keyBytes), body, tag);
  keyAndIv.fill(0);
  if (section === undefined) throw passphraseWrong();
  return section;
}

function readSection(section: Buffer, blockBytes: number, blob: Buffer, whenChecksDiffer: Error): ReadKey {
  const reader = new WireReader(section);
  if (section.length % blockBytes !== 0) throw new FormatFault("the private part is cut off");
  const check = reader.uint32();
  if (reader.uint32() !== check) throw whenChecksDiffer;
  const parts = readFields(reader.name(), reader);
  try {
    const comment = reader.text();
    const padding = reader.take(reader.remaining);
    if (padding.length >= blockBytes || padding.some((byte, i) => byte !== i + 1)) {
      throw new FormatFault("the padding is not what it must be");
    }
    if (!encodePublicBlob(publicPartsOf(parts)).equals(blob)) throw new FormatFault("public and private half differ");
    return { parts, comment };
  } catch (fault) {
    wipeParts(parts);
    throw fault;
  }
}

function readFields(type: string, reader: WireReader): PrivateParts {
  if (type === "ssh-ed25519") {
    const publicKey = reader.string();
    const both = reader.string();
    if (both.length !== 64 || !both.subarray(32).equals(publicKey)) throw new FormatFault("the two halves differ");
    return ed25519Parts(both.subarray(0, 32), publicKey);
  }
  if (type === "ssh-rsa") {
    const next = (): Buffer => reader.magnitude();
    return rsaParts({ n: next(), e: next(), d: next(), qi: next(), p: next(), q: next() });
  }
  if (type.startsWith("ecdsa-sha2-")) {
    const curve = reader.name();
    if (!isCurve(curve) || type !== `ecdsa-sha2-${curve}`) throw unsupportedKey(`of type ${type}`);
    const point = reader.string();
    return ecdsaParts(curve, reader.magnitude(), point);
  }
  if (type.startsWith("sk-")) throw unsupportedKey("held by a security key, which the file only points to");
  throw unsupportedKey(`of type ${type.slice(0, 64)}`);
}
