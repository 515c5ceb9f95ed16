import { closeSync, constants, fstatSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { fileTrouble } from "#main/adapters/files/file-trouble.ts";
import { sha256 } from "#main/crypto/hash.ts";
import { SecretBytes } from "#main/crypto/secret-bytes.ts";
import { fileNameOf } from "#main/file-name.ts";
import { isKeysteadError, KeysteadError } from "#shared/errors/keystead-error.ts";

/*
 * A wrapped key in a file: JSON, one object. `wrapped` is the only part that holds a secret, and the wrapping key keeps it;
 * all else says what it is and what it takes to restore it.
 *
 *   seal = wrap(wrapping key, SHA-256("keystead/token-backup/v" version || 0x00 || canonical JSON of all but `seal`))
 *
 * The wraps of RFC 3394 and RFC 5649 are deterministic and cannot be made without their key, so the seal is a MAC that every
 * token with the same wrapping key can check, in any vault or none.
 */
/** Tokens may hold longer ones; a key with such a name is refused before it is wrapped. */
export const KEY_ID_MAX_BYTES = 64;
export const LABEL_MAX = 255;

const base64 = z.base64().max(65_536);
const hex = z
  .string()
  .regex(/^(?:[0-9a-f]{2})*$/)
  .max(2 * KEY_ID_MAX_BYTES);
const mark = z.string().regex(/^[0-9a-f]{32}$/);
const format = z.enum(["rfc3394", "rfc5649", "rfc3394-pkcs7"]);

const everyBody = z.strictObject({
  format: z.literal("keystead-token-backup"),
  createdAt: z.int().nonnegative(),
  key: z.strictObject({
    class: z.enum(["private-key", "secret-key"]),
    label: z.string().max(LABEL_MAX),
    keyId: hex,
    uses: z.array(z.string().max(20)).max(10),
    /** AES only. */
    bytes: z.int().min(16).max(32).optional(),
    /** SubjectPublicKeyInfo of a private key. */
    publicKey: base64.optional(),
    /** What a trial use of a secret key gives, hex: proves a restore without showing anything. */
    check: hex.optional(),
    /** What that use was; older files do not name it, and the length of `check` tells. */
    checkedBy: z.enum(["encrypt", "wrap"]).optional(),
  }),
  wrapping: z.strictObject({ format, sealFormat: format }),
  from: z.strictObject({ label: z.string(), serial: z.string(), manufacturer: z.string(), model: z.string() }),
  wrapped: base64,
});
/** Wrapped by a key that is on a token. */
const keyBody = everyBody.extend({
  version: z.literal(1),
  wrappedBy: z.strictObject({ label: z.string().max(LABEL_MAX), keyId: hex, check: hex }),
});
/** Wrapped by a key that is nowhere but in its custodians' shares (D29). */
const sharesBody = everyBody.extend({
  version: z.literal(2),
  wrappedBy: z.strictObject({
    setId: z.string().regex(/^[0-9a-f]{16}$/),
    threshold: z.int().min(2).max(16),
    total: z.int().min(2).max(16),
    commitment: mark,
    shareChecks: z.array(mark).min(2).max(16),
    check: hex,
  }),
});
const backupFile = z.discriminatedUnion("version", [
  keyBody.extend({ seal: base64 }),
  sharesBody.extend({ seal: base64 }),
]);

export type KeyBody = z.infer<typeof keyBody>;
export type SharesBody = z.infer<typeof sharesBody>;
export type BackupBody = KeyBody | SharesBody;
/** What both kinds say of the key in them. */
export type WrappedPart = Pick<BackupBody, "key" | "wrapping" | "from" | "wrapped">;
export type BackupKey = WrappedPart["key"];
export type KeyFile = KeyBody & { readonly seal: string };
export type SharesFile = SharesBody & { readonly seal: string };
export type BackupFile = KeyFile | SharesFile;

/** Both kinds of one key may lie in one folder, and whoever finds a file learns what opens it. */
const ENDING = { "wrapping-key": ".keystead-backup.json", shares: ".keystead-shares.json" } as const;
const BACKUP_MAX_BYTES = 262_144;

/** What the seal is over, 32 bytes that need not be secret. */
export function sealedDigest(body: BackupBody): SecretBytes {
  return SecretBytes.take(sha256(`keystead/token-backup/v${body.version}\0${canonical(body)}`));
}

/** Keys in the order of their code units, no blanks: the same text whatever wrote the file. */
function canonical(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  const entries = Object.entries(value).filter(([, part]) => part !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, part]) => `${JSON.stringify(key)}:${canonical(part)}`).join(",")}}`;
}

/** By the rules it will be read by: what would be refused then is a bug now, and not a file. */
export function encodeBackup(file: BackupFile): Buffer {
  return Buffer.from(`${JSON.stringify(backupFile.parse(file), undefined, 2)}\n`, "utf8");
}

/** Error `tokens/backup-unreadable`. Whether anybody changed it only the token with the wrapping key can tell. */
function decodeBackup(bytes: Buffer): BackupFile {
  try {
    return backupFile.parse(JSON.parse(bytes.toString("utf8")));
  } catch (cause) {
    throw new KeysteadError(
      "tokens/backup-unreadable",
      "This file is not a token backup of Keystead, or it is damaged. Choose the file that backing up has written.",
      {},
      { cause },
    );
  }
}

export function bodyOf({ seal: _seal, ...body }: BackupFile): BackupBody {
  return body;
}

/** Where a backup goes: the folder named, or our own, which is made. Errors: files/not-writable. */
export function backupPath(
  exportFolder: string,
  folder: string | undefined,
  label: string,
  openedBy: keyof typeof ENDING,
): string {
  const place = folder ?? exportFolder;
  try {
    // Only our own export folder is made; a mistyped one is an error, not a new folder somewhere.
    if (folder === undefined) mkdirSync(place, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new KeysteadError("files/not-writable", `The folder ${place} cannot be made.`, { folder: place }, { cause });
  }
  return join(place, fileNameOf(label, ENDING[openedBy]));
}

/** Error `tokens/backup-unreadable`. */
export function readBackup(path: string): BackupFile {
  try {
    // Not waiting: a named pipe would hold everything here until somebody writes into it.
    const handle = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const facts = fstatSync(handle);
      if (!facts.isFile() || facts.size > BACKUP_MAX_BYTES) return decodeBackup(Buffer.alloc(0));
      return decodeBackup(readFileSync(handle));
    } finally {
      closeSync(handle);
    }
  } catch (cause) {
    if (isKeysteadError(cause)) throw cause;
    throw new KeysteadError(
      "tokens/backup-unreadable",
      `${path} cannot be read: ${fileTrouble(cause)}`,
      { path },
      { cause },
    );
  }
}
