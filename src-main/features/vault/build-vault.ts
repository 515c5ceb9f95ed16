import { deriveKey } from "#main/crypto/derive.ts";
import { SecretBytes } from "#main/crypto/secret-bytes.ts";
import type { ReadableDb } from "#main/database/brands.ts";
import { openDatabase, type VaultDatabase } from "#main/database/open.ts";
import { pageSealsOf } from "#main/database/page-seals.ts";
import { CommitQueue } from "#main/dispatch/commit-queue.ts";
import { type ChainHead, ChainLinker, chainStart, Ledger } from "#main/features/audit/ledger.ts";
import { authenticateHeader, type DecodedHeader, type Header } from "./header.ts";
import { knowsSlots } from "./noted-slots.ts";
import { OpenVault } from "./open-vault.ts";

/** The end of the chain as the database has it. */
async function databaseHead(db: ReadableDb, vaultId: string): Promise<ChainHead> {
  const last = await db
    .selectFrom("traces")
    .select(["sequence", "mac"])
    .orderBy("sequence", "desc")
    .limit(1)
    .executeTakeFirst();
  return last ?? chainStart(vaultId);
}

async function assemble(header: Header, root: SecretBytes, db: VaultDatabase): Promise<OpenVault> {
  const head = await databaseHead(db.read, header.vaultId);
  const auditKey = deriveKey(root, header.vaultId, "audit");
  const ledger = new Ledger(new ChainLinker(auditKey), head);
  return new OpenVault({
    header,
    db,
    ledger,
    commits: new CommitQueue(db, ledger),
    auditKey,
    headerKey: deriveKey(root, header.vaultId, "header"),
    signingSeed: deriveKey(root, header.vaultId, "checkpoint-signing"),
    sealKey: deriveKey(root, header.vaultId, "seal"),
    root: SecretBytes.copyOf(root.reveal()),
  });
}

/** For one that was not opened after all: its file is another process's to open, and its keys are nobody's. */
export async function abandon(vault: OpenVault): Promise<void> {
  try {
    await vault.db.close();
  } finally {
    vault.dispose();
  }
}

/** Makes the database of a new vault. `root` stays the caller's. */
export async function buildNewVault(header: Header, root: SecretBytes, file: string): Promise<OpenVault> {
  using key = deriveKey(root, header.vaultId, "database");
  return assemble(header, root, openDatabase({ file, key, vaultId: header.vaultId, mode: "create" }));
}

/** Opens an existing vault once its root key is known; the header is authenticated first. `root` stays the caller's. */
export async function buildVault(decoded: DecodedHeader, root: SecretBytes, file: string): Promise<OpenVault> {
  const { header } = decoded;
  using headerKey = deriveKey(root, header.vaultId, "header");
  authenticateHeader(decoded, headerKey);
  // Before it is opened, which changes it.
  const pageSeals = header.pageSeals === undefined ? undefined : await pageSealsOf(file);
  using key = deriveKey(root, header.vaultId, "database");
  const db = openDatabase({ file, key, vaultId: header.vaultId, mode: "open" });
  let vault: OpenVault | undefined;
  try {
    vault = await assemble(header, root, db);
    await warnOfRollback(vault);
    await warnOfOtherSlots(vault);
    warnOfUncleanEnd(vault);
    warnOfOtherPages(vault, pageSeals);
    return vault;
  } catch (error) {
    await (vault === undefined ? db.close() : abandon(vault));
    throw error;
  }
}

/** The header keeps the head of the last checkpoint: a database that does not reach it is older than its header (D20, D26). */
async function warnOfRollback(vault: OpenVault): Promise<void> {
  const { auditHead } = vault.header;
  if (auditHead.sequence === 0) return;
  const row = await vault.read
    .selectFrom("traces")
    .select("mac")
    .where("sequence", "=", auditHead.sequence)
    .executeTakeFirst();
  if (row !== undefined && row.mac.toString("hex") === auditHead.mac) return;
  vault.missingFrom = Math.min(vault.ledger.head.sequence + 1, auditHead.sequence);
  vault.warnings.push({
    code: "rolled-back",
    message: `The database does not reach the last state its header knows (trace ${auditHead.sequence}). It may be an older copy, or traces were removed. Verify the traces before you rely on it; if you put it back on purpose, confirm that.`,
  });
}

/** An older header brings back passwords and tokens that were taken away since; its own seal cannot tell. */
async function warnOfOtherSlots(vault: OpenVault): Promise<void> {
  // A database older than its header need not know the slots, and has been told of.
  if (vault.missingFrom !== undefined || (await knowsSlots(vault.read, vault.header.slots))) return;
  vault.warnings.push({
    code: "other-ways-in",
    message:
      "Who may open this vault is not what its traces say: an older vault.json was put back, or Keystead was cut off while a password or token was being changed. Look at the tokens that open it and change your password; that ends this warning.",
  });
}

/** What came after the last anchor could have been cut off since without a sign (D20). */
function warnOfUncleanEnd({ header, warnings }: OpenVault): void {
  const { openSince, auditHead } = header;
  if (openSince === undefined) return;
  warnings.push({
    code: "not-locked",
    message: `Keystead ended without locking this vault, which was open since ${new Date(openSince).toISOString()}. Everything it had acknowledged is there unless somebody has changed the files since: traces after number ${auditHead.sequence} were not anchored in the header yet.`,
  });
}

/** A page of the same file as it once was carries a good seal of its own, and need hold no trace that the chain would miss. */
function warnOfOtherPages({ header, missingFrom, warnings }: OpenVault, found: string | undefined): void {
  // A database that misses traces has been told of.
  if (missingFrom !== undefined || header.pageSeals === undefined || found === header.pageSeals) return;
  warnings.push({
    code: "database-changed",
    message:
      "vault.db is not what vault.json says it was when this vault was locked: an older copy of one of them was put back, whole or in parts. What the vault says of servers, host keys, key pairs and settings may be out of date although its traces are whole. Restore a whole backup you trust; if it was you, go on: the next lock ends this warning.",
  });
}
