import { createHash } from "node:crypto";
import { orWrongPassphrase, passphraseRequired, unsupportedEncryption } from "../key-errors.ts";
import type { PrivateParts } from "../private-key.ts";
import { FormatFault } from "./format-fault.ts";
import { decryptPadded } from "./pbes2.ts";
import type { PemBlock } from "./pem.ts";
import type { Passphrase } from "./read-result.ts";

const CIPHERS: Readonly<
  Record<string, { readonly name: string; readonly keyBytes: number; readonly ivBytes: number }>
> = {
  "AES-128-CBC": { name: "aes-128-cbc", keyBytes: 16, ivBytes: 16 },
  "AES-192-CBC": { name: "aes-192-cbc", keyBytes: 24, ivBytes: 16 },
  "AES-256-CBC": { name: "aes-256-cbc", keyBytes: 32, ivBytes: 16 },
  "DES-EDE3-CBC": { name: "des-ede3-cbc", keyBytes: 24, ivBytes: 8 },
};

/** `BEGIN RSA PRIVATE KEY` and `BEGIN EC PRIVATE KEY`, encrypted as their `DEK-Info` header says or not at all. */
export function readTraditional(
  block: PemBlock,
  passphrase: Passphrase,
  decode: (der: Buffer) => PrivateParts,
): PrivateParts {
  const info = block.headers.get("DEK-INFO");
  if (info === undefined) {
    if (block.headers.has("PROC-TYPE")) throw new FormatFault("the file does not say how it is encrypted");
    return decode(block.body);
  }
  const [cipherName = "", ivHex = ""] = info.split(",").map((part) => part.trim());
  const cipher = Object.hasOwn(CIPHERS, cipherName) ? CIPHERS[cipherName] : undefined;
  if (cipher === undefined)
    throw unsupportedEncryption(cipherName.replace(/[^\w-]/g, "").slice(0, 64) || "an unnamed cipher");
  const iv = Buffer.from(ivHex, "hex");
  if (iv.length !== cipher.ivBytes || ivHex.length !== 2 * iv.length)
    throw new FormatFault("the DEK-Info line is not valid");
  if (block.body.length === 0 || block.body.length % cipher.ivBytes !== 0) {
    throw new FormatFault("the encrypted part is cut off");
  }
  if (passphrase === undefined) throw passphraseRequired();
  const key = bytesToKey(passphrase.reveal(), iv.subarray(0, 8), cipher.keyBytes);
  try {
    const plaintext = decryptPadded(cipher.name, key, iv, block.body);
    try {
      return orWrongPassphrase(() => decode(plaintext));
    } finally {
      plaintext.fill(0);
    }
  } finally {
    key.fill(0);
  }
}

/** OpenSSL's EVP_BytesToKey with MD5 and one round: D1 = MD5(pass || salt), D2 = MD5(D1 || pass || salt) … */
function bytesToKey(passphrase: Buffer, salt: Buffer, length: number): Buffer {
  const key = Buffer.alloc(48);
  for (let at = 0; at < length; at += 16) {
    const hash = createHash("md5");
    if (at > 0) hash.update(key.subarray(at - 16, at));
    hash.update(passphrase).update(salt).digest().copy(key, at);
  }
  return key.subarray(0, length);
}
