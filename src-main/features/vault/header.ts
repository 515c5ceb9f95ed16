import { z } from "zod";
import { equalBytes, hmacSha256, sha256 } from "#main/crypto/hash.ts";
import type { SecretBytes } from "#main/crypto/secret-bytes.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { base64, checkKdf, isTwoFactorSlot, SLOTS_MAX, type Slot, slot, uuid } from "./slot-shapes.ts";

/*
 * vault.json, byte by byte in docs/formats.md. Two seals close it:
 *   `mac`      HMAC-SHA-256 under the header key over the fields above it: needs the root key, finds every edit;
 *   `checksum` SHA-256 over all of it: needs nothing, so that damage is told from a wrong password before one is tried.
 */

/** The newest that is read here. */
export const HEADER_VERSION = 2;
export const HEADER_MAX_BYTES = 262_144;

/**
 * 2 says that a slot wants password and token together. Without one it stays 1, so that a Keystead which knows no such slots
 * opens the vault as ever; one that meets 2 says that it is too old, before it looks at any slot.
 */
export const headerVersion = (slots: readonly Slot[]): 1 | 2 => (slots.some(isTwoFactorSlot) ? 2 : 1);

const auditHead = z.strictObject({
  sequence: z.int().nonnegative(),
  mac: z.string().regex(/^[0-9a-f]{64}$/),
  checkpoint: z.int().nonnegative(),
  time: z.int().nonnegative(),
});

const fields = z.strictObject({
  format: z.literal("keystead-vault"),
  version: z.literal([1, 2]),
  vaultId: uuid,
  createdAt: z.int().nonnegative(),
  /** Counts the writes of this file, so that of two copies the newer can be told. */
  writeCount: z.int().nonnegative(),
  slots: z.array(slot).min(1).max(SLOTS_MAX),
  auditHead,
  /** While the vault is open; whoever finds it there knows that it was not locked. */
  openSince: z.int().nonnegative().optional(),
  /** Of the database as it was locked (`pageSealsOf`). */
  pageSeals: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
});
export type Header = z.infer<typeof fields>;

const rightVersion = {
  rule: ({ version, slots }: Pick<Header, "version" | "slots">) => version === headerVersion(slots),
  wrong: { path: ["version"] },
};
const header = fields.refine(rightVersion.rule, rightVersion.wrong);
const sealedHeader = z
  .strictObject({ ...fields.shape, mac: base64(32), checksum: z.string().regex(/^[0-9a-f]{64}$/) })
  .refine(rightVersion.rule, rightVersion.wrong);
type SealedHeader = z.infer<typeof sealedHeader>;

// `parse` yields the keys in the schema's order whatever the file's was, so one header has one encoding.
const canonical = (value: unknown) => Buffer.from(JSON.stringify(value), "utf8");
const macInput = (body: Header) => Buffer.concat([Buffer.from("keystead/header/v1\0"), canonical(header.parse(body))]);

/** The file's bytes, sealed under `headerKey`. */
export function encodeHeader(body: Header, headerKey: SecretBytes): Buffer {
  const mac = hmacSha256(headerKey, macInput(body)).toString("base64");
  const sealed = { ...header.parse(body), mac };
  const checksum = sha256(canonical(sealed)).toString("hex");
  const bytes = Buffer.from(`${JSON.stringify({ ...sealed, checksum }, null, 2)}\n`, "utf8");
  if (bytes.length > HEADER_MAX_BYTES) throw new RangeError("The header has grown larger than it may be read again");
  return bytes;
}

export interface DecodedHeader {
  readonly header: Header;
  /** To be given to `authenticateHeader` once a slot has given the root key. */
  readonly mac: Buffer;
}

function unreadable(why: string): KeysteadError {
  return new KeysteadError(
    "vault/header-unreadable",
    `The vault's header vault.json cannot be read: ${why}. Restore it from a backup; the database is untouched.`,
  );
}

/**
 * Reads the file as far as that goes without a key. Errors: header-unreadable (truncated, not JSON, wrong shape),
 * newer-version, header-damaged (checksum), kdf-out-of-bounds.
 */
export function decodeHeader(bytes: Uint8Array): DecodedHeader {
  const value = parseJson(bytes);
  refuseNewer(value);
  const parsed = sealedHeader.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw unreadable(`${issue?.path.join(".") || "the file"} is not as expected`);
  }
  const { checksum, ...sealed } = parsed.data;
  const actual = sha256(canonical(sealed)).toString("hex");
  if (actual !== checksum) {
    throw new KeysteadError(
      "vault/header-damaged",
      "The vault's header vault.json has been damaged or edited: its checksum does not match. Restore it from a backup; the database is untouched.",
    );
  }
  for (const each of sealed.slots) if ("kdf" in each) checkKdf(each);
  const { mac, ...body } = sealed as Omit<SealedHeader, "checksum">;
  return { header: body, mac: Buffer.from(mac, "base64") };
}

function parseJson(bytes: Uint8Array): unknown {
  if (bytes.length > HEADER_MAX_BYTES) throw unreadable("it is larger than any header");
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    // Truncated text and stray bytes alike: the sentence is the same.
    throw unreadable("it is cut short or not JSON");
  }
}

function refuseNewer(value: unknown): void {
  const seen = z.object({ format: z.literal("keystead-vault"), version: z.int() }).safeParse(value);
  if (seen.success && seen.data.version > HEADER_VERSION) {
    throw new KeysteadError(
      "vault/newer-version",
      `This vault was written by a newer Keystead (header version ${seen.data.version}, this one knows ${HEADER_VERSION}). Update Keystead to open it.`,
      {
        found: seen.data.version,
        known: HEADER_VERSION,
      },
    );
  }
}

/** Holds the header against the root key's authority. Error: `vault/header-tampered`. */
export function authenticateHeader(decoded: DecodedHeader, headerKey: SecretBytes): void {
  if (!equalBytes(hmacSha256(headerKey, macInput(decoded.header)), decoded.mac)) {
    throw new KeysteadError(
      "vault/header-tampered",
      "The vault's header vault.json was changed by something other than Keystead: it does not authenticate. Nothing was opened; restore the header from a backup.",
    );
  }
}
