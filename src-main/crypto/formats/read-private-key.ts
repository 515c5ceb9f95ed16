import type { KeysteadError } from "#shared/errors/keystead-error.ts";
import { orWrongPassphrase, passphraseRequired, unreadable, unsupportedKey } from "../key-errors.ts";
import { materialOfParts } from "../key-material.ts";
import { toPlainComment } from "../plain-comment.ts";
import { decodeEcPrivateKey, decodePkcs1, decodePkcs8, type PrivateParts, wipeParts } from "../private-key.ts";
import { SecretBytes } from "../secret-bytes.ts";
import { FormatFault } from "./format-fault.ts";
import { KEY_FILE_LIMITS } from "./limits.ts";
import { OPENSSH_LABEL, readOpenssh } from "./openssh.ts";
import { parsePbes2 } from "./pbes2.ts";
import { findPrivateBlock, type PemBlock } from "./pem.ts";
import { readPpk } from "./ppk.ts";
import { PPK_START } from "./ppk-file.ts";
import type { Passphrase, ReadKey } from "./read-result.ts";
import { readTraditional } from "./traditional-pem.ts";

export type PrivateKeyFormat = "pkcs8" | "pkcs1" | "sec1" | "openssh" | "ppk";

export interface PrivateKeyRead {
  /** Canonical PrivateKeyInfo; the caller disposes it. */
  readonly pkcs8: SecretBytes;
  /** The file's comment without characters that could break a line; absent where the format has none or it is empty. */
  readonly comment?: string;
  readonly format: PrivateKeyFormat;
}

/**
 * Reads one private key from the text of a key file: PKCS#8, PKCS#1, SEC1 (PEM), OpenSSH, PuTTY 2 and 3, encrypted or not.
 *
 * Rejects with `keypairs/unreadable`, `…/unsupported-key`, `…/passphrase-required` or `…/passphrase-wrong`, and with
 * nothing else whatever the bytes are. A passphrase given for a file without one is ignored; an empty one counts as none.
 */
export async function readPrivateKey(text: SecretBytes | Buffer, passphrase?: SecretBytes): Promise<PrivateKeyRead> {
  const bytes = text instanceof SecretBytes ? text.reveal() : text;
  try {
    return await readWithin(bytes, passphrase === undefined || passphrase.length === 0 ? undefined : passphrase);
  } catch (cause) {
    throw cause instanceof FormatFault ? unreadable("The private key file", cause) : cause;
  }
}

async function readWithin(bytes: Buffer, passphrase: Passphrase): Promise<PrivateKeyRead> {
  if (bytes.length > KEY_FILE_LIMITS.fileBytes) throw new FormatFault("it is larger than 64 KiB");
  const { parts, comment, format } = await readAny(withoutMark(bytes), passphrase);
  try {
    const { pkcs8 } = materialOfParts(parts);
    const plain = toPlainComment(comment ?? "");
    return plain === "" ? { pkcs8, format } : { pkcs8, format, comment: plain };
  } finally {
    wipeParts(parts);
  }
}

type Read = ReadKey & { readonly format: PrivateKeyFormat };

async function readAny(text: Buffer, passphrase: Passphrase): Promise<Read> {
  const start = text.subarray(0, 64).toString("latin1");
  if (start.startsWith(PPK_START)) return { ...(await readPpk(text, passphrase)), format: "ppk" };
  if (start.startsWith("---- BEGIN SSH2 ENCRYPTED"))
    throw unsupportedKey("in the format of SSH Communications Security");
  if (/^(ssh-|ecdsa-|sk-|---- BEGIN SSH2 PUBLIC)/.test(start)) throw new FormatFault("it holds a public key only");
  const block = findPrivateBlock(text);
  try {
    return await readBlock(block, passphrase);
  } finally {
    block.body.fill(0);
  }
}

async function readBlock(block: PemBlock, passphrase: Passphrase): Promise<Read> {
  switch (block.label) {
    case "PRIVATE KEY":
      return { parts: decodePkcs8(block.body), format: "pkcs8" };
    case "ENCRYPTED PRIVATE KEY":
      return { parts: await readEncryptedPkcs8(block.body, passphrase), format: "pkcs8" };
    case "RSA PRIVATE KEY":
      return { parts: readTraditional(block, passphrase, decodePkcs1), format: "pkcs1" };
    case "EC PRIVATE KEY":
      return { parts: readTraditional(block, passphrase, decodeEcPrivateKey), format: "sec1" };
    case OPENSSH_LABEL:
      return { ...(await readOpenssh(block.body, passphrase)), format: "openssh" };
    case "DSA PRIVATE KEY":
      throw unsupportedKey("of type DSA");
    default:
      throw unsupported(block.label);
  }
}

function unsupported(label: string): KeysteadError {
  return unsupportedKey(`in a format called "${label}"`);
}

async function readEncryptedPkcs8(body: Buffer, passphrase: Passphrase): Promise<PrivateParts> {
  const file = parsePbes2(body);
  if (passphrase === undefined) throw passphraseRequired();
  const plaintext = await file.open(passphrase);
  try {
    return orWrongPassphrase(() => decodePkcs8(plaintext));
  } finally {
    plaintext.fill(0);
  }
}

/** Editors put a UTF-8 byte order mark or empty lines in front. */
function withoutMark(bytes: Buffer): Buffer {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    throw new FormatFault("it was saved as UTF-16, save it as plain text");
  }
  let start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  while ([0x20, 0x09, 0x0a, 0x0d].includes(bytes[start] ?? -1)) start++;
  return bytes.subarray(start);
}
