import { createCipheriv, createDecipheriv, createHash, createHmac } from "node:crypto";
import { type Argon2Flavour, type Argon2Params, argon2 } from "../argon2.ts";
import { wireString } from "../ssh-wire.ts";
import { FormatFault } from "./format-fault.ts";

/** The three secrets of a PPK file; an unencrypted one has a MAC key only. */
export interface PpkKeys {
  readonly cipherKey: Buffer;
  readonly iv: Buffer;
  readonly macKey: Buffer;
}

/** What the MAC covers (PuTTY manual, appendix C). */
export interface PpkMacInput {
  readonly algorithm: string;
  readonly encryption: string;
  readonly comment: string;
  readonly publicBlob: Buffer;
  readonly privateBlob: Buffer;
}

/** Version 3: Argon2 yields 32 bytes of AES key, 16 of IV, 32 of MAC key. */
export async function ppk3Keys(passphrase: Buffer, flavour: Argon2Flavour, params: Argon2Params): Promise<PpkKeys> {
  let bytes: Buffer;
  try {
    bytes = await argon2(flavour, passphrase, params, 80);
  } catch (cause) {
    throw new FormatFault("the Argon2 settings are not accepted", { cause });
  }
  return { cipherKey: bytes.subarray(0, 32), iv: bytes.subarray(32, 48), macKey: bytes.subarray(48) };
}

/** Version 2: SHA-1 of counter and passphrase twice, IV zero; the MAC key has its own prefix, and no passphrase is "". */
export function ppk2Keys(passphrase: Buffer): PpkKeys {
  const sha1 = (...parts: readonly (Buffer | string)[]): Buffer => {
    const hash = createHash("sha1");
    for (const part of parts) hash.update(part);
    return hash.digest();
  };
  const pair = [sha1(Buffer.from([0, 0, 0, 0]), passphrase), sha1(Buffer.from([0, 0, 0, 1]), passphrase)];
  const macKey = sha1("putty-private-key-file-mac-key", passphrase);
  return { cipherKey: Buffer.concat(pair).subarray(0, 32), iv: Buffer.alloc(16), macKey };
}

export function ppkMac(version: 2 | 3, macKey: Buffer, input: PpkMacInput): Buffer {
  const mac = createHmac(version === 3 ? "sha256" : "sha1", macKey);
  for (const part of [input.algorithm, input.encryption, input.comment, input.publicBlob, input.privateBlob]) {
    const field = wireString(part);
    mac.update(field);
    field.fill(0);
  }
  return mac.digest();
}

export function ppkDecrypt(keys: PpkKeys, text: Buffer): Buffer {
  const decipher = createDecipheriv("aes-256-cbc", keys.cipherKey, keys.iv).setAutoPadding(false);
  return Buffer.concat([decipher.update(text), decipher.final()]);
}

export function ppkEncrypt(keys: PpkKeys, plaintext: Buffer): Buffer {
  const cipher = createCipheriv("aes-256-cbc", keys.cipherKey, keys.iv).setAutoPadding(false);
  return Buffer.concat([cipher.update(plaintext), cipher.final()]);
}

export function wipeKeys(keys: PpkKeys): void {
  for (const bytes of [keys.cipherKey, keys.iv, keys.macKey]) bytes.fill(0);
}
