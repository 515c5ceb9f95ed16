import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { deriveKey } from "#main/crypto/derive.ts";
import { randomId, randomSecret } from "#main/crypto/random.ts";
import { migrations } from "#main/database/migrations/index.ts";
import { openDatabase } from "#main/database/open.ts";
import { ChainLinker, chainStart, Ledger } from "#main/features/audit/ledger.ts";
import type { TraceDraft } from "#main/features/audit/trace-record.ts";
import { verifyChain } from "#main/features/audit/verify-chain.ts";
import { type Bench, line, timed } from "./measure.ts";

const BATCH = 256;
const BATCHES = 400;

function draft(i: number): TraceDraft {
  return {
    id: randomId(),
    time: 1_790_000_000_000 + i,
    name: "renameKeypair",
    operation: "keypairs.rename",
    effect: "change",
    operatorId: "31732904-ce7d-4178-806a-dbb21368b01e",
    operatorName: "bench",
    source: "test",
    resourceType: "keypair",
    resourceId: "c60976d1-c0d6-4a7b-ab44-74de1ca054f3",
    resourceName: `KeyPair-${i}`,
    status: "normal",
    outcome: "allowed",
    code: "",
    request: JSON.stringify({ id: "c60976d1-c0d6-4a7b-ab44-74de1ca054f3", name: `KeyPair-${i}` }),
    answer: JSON.stringify({
      id: "c60976d1-c0d6-4a7b-ab44-74de1ca054f3",
      name: `KeyPair-${i}`,
      spec: "ed25519",
      scope: "private",
      fingerprint: "SHA256:QQbZ8TgDJcqZ0VYZ0mX3b6m5r0fW5nq3k6yT1s2u3v4",
    }),
  };
}

/** The chain against bare INSERTs of the same rows into the same kind of file in transactions of the same size. */
export const traces: Bench = {
  name: "traces",
  async run() {
    const folder = mkdtempSync(join(tmpdir(), "keystead-bench-"));
    try {
      const drafts = Array.from({ length: BATCH * BATCHES }, (_, i) => draft(i));
      const bare = await bareInserts(join(folder, "bare.db"), drafts);
      const ours = await ourInserts(join(folder, "ours.db"), drafts);
      return [
        line(
          "traces.append",
          ours.perSecond,
          "records/s",
          bare.perSecond,
          "at least 50 % of bare INSERTs",
          ours.perSecond >= bare.perSecond / 2,
        ),
        ours.verify,
      ];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function bareInserts(file: string, drafts: readonly TraceDraft[]) {
  const driver = new Database(file);
  driver.pragma("cipher='sqlcipher'");
  driver.pragma("legacy=4");
  driver.pragma(`key='raw:${randomSecret(32).reveal().toString("hex")}'`);
  driver.pragma("journal_mode=WAL");
  driver.pragma("synchronous=FULL");
  driver.pragma("secure_delete=ON");
  driver.pragma("cache_size=-32768");
  for (const sql of migrations) driver.exec(sql);
  const columns = ["sequence", ...Object.keys(draft(0)), "mac"];
  const insert = driver.prepare(
    `INSERT INTO traces (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`,
  );
  const mac = Buffer.alloc(32, 1);
  const milliseconds = await timed(() => {
    for (let at = 0; at < drafts.length; at += BATCH) {
      driver.exec("BEGIN IMMEDIATE");
      for (const [i, each] of drafts.slice(at, at + BATCH).entries())
        insert.run(at + i + 1, ...Object.values(each), mac);
      driver.exec("COMMIT");
    }
  });
  driver.close();
  return { perSecond: drafts.length / (milliseconds / 1000) };
}

async function ourInserts(file: string, drafts: readonly TraceDraft[]) {
  const vaultId = randomId();
  using root = randomSecret(32);
  using auditKey = deriveKey(root, vaultId, "audit");
  using signingSeed = deriveKey(root, vaultId, "checkpoint-signing");
  const db = openDatabase({ file, key: deriveKey(root, vaultId, "database"), vaultId, mode: "create" });
  const ledger = new Ledger(new ChainLinker(auditKey), chainStart(vaultId));
  const milliseconds = await timed(async () => {
    for (let at = 0; at < drafts.length; at += BATCH) {
      ledger.advance(await db.transaction((tx) => ledger.append(tx, drafts.slice(at, at + BATCH))));
    }
  });
  const anchor = { sequence: 0, mac: "", checkpoint: 0, missingFrom: undefined };
  let rows = 0;
  const walk = await timed(() => {
    for (const row of db.rows("SELECT * FROM traces ORDER BY sequence", [])) rows += row.length > 0 ? 1 : 0;
  });
  const verifying = await timed(async () => {
    const found = await verifyChain({ vaultId, db, auditKey, signingSeed, anchor }, ledger.head);
    if (!found.intact || found.records !== drafts.length) throw new Error("the bench's own chain does not verify");
  });
  await db.close();
  const rate = drafts.length / (verifying / 1000);
  const bare = rows / (walk / 1000);
  return {
    perSecond: drafts.length / (milliseconds / 1000),
    verify: line(
      "traces.verify",
      rate,
      "records/s",
      bare,
      "at least 100,000 records/s (baseline: reading the same rows)",
      rate >= 100_000,
    ),
  };
}
