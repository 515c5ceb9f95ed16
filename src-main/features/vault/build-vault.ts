import { deriveKey } from "#main/crypto/derive.ts";
import { SecretBytes } from "#main/crypto/secret-bytes.ts";
import type { ReadableDb } from "#main/database/brands.ts";
import { openDatabase, type VaultDatabase } from "#main/database/open.ts";
import { CommitQueue } from "#main/dispatch/commit-queue.ts";
import { type ChainHead, ChainLinker, chainStart, Ledger } from "#main/features/audit/ledger.ts";
import { authenticateHeader, type DecodedHeader, type Header } from "./header.ts";
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
  const auditKey = deriveKey(root, header.vaultId, "audit");
  const ledger = new Ledger(new ChainLinker(auditKey), await databaseHead(db.read, header.vaultId));
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
  using key = deriveKey(root, header.vaultId, "database");
  const db = openDatabase({ file, key, vaultId: header.vaultId, mode: "open" });
  try {
    const vault = await assemble(header, root, db);
    await warnOfRollback(vault);
    return vault;
  } catch (error) {
    await db.close();
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
