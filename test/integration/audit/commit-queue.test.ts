import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { CompiledQuery, type Kysely } from "kysely";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { randomId, randomSecret } from "#main/crypto/random.ts";
import type { WritableDb } from "#main/database/brands.ts";
import { openDatabase, type VaultDatabase } from "#main/database/open.ts";
import type { VaultTables } from "#main/database/schema.ts";
import { CommitQueue } from "#main/dispatch/commit-queue.ts";
import { ChainLinker, chainStart, Ledger } from "#main/features/audit/ledger.ts";
import type { TraceDraft } from "#main/features/audit/trace-record.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { Kernel, TestFolder, vaultTemplate } from "#test/support/kernel.ts";

const folder = new TestFolder("queue");
afterAll(() => folder[Symbol.dispose]());

const key = randomSecret(32);
const auditKey = randomSecret(32);
let serial = 0;
let place = "";
let vaultId = "";
let db: VaultDatabase;
let ledger: Ledger;
let queue: CommitQueue;
let transactions = 0;

beforeEach(() => {
  place = folder.at(`db-${serial++}`);
  mkdirSync(place);
  vaultId = randomId();
  db = openDatabase({ file: join(place, "vault.db"), key, vaultId, mode: "create" });
  ledger = new Ledger(new ChainLinker(auditKey), chainStart(vaultId));
  transactions = 0;
  const counting: VaultDatabase = {
    ...db,
    transaction: (work) => {
      transactions += 1;
      return db.transaction(work);
    },
  };
  queue = new CommitQueue(counting, ledger);
});

function trace(name: string): TraceDraft {
  return {
    id: randomId(),
    time: 1,
    name,
    operation: "test.test",
    effect: "change",
    operatorId: "",
    operatorName: "",
    source: "test",
    resourceType: "",
    resourceId: "",
    resourceName: "",
    status: "normal",
    outcome: "allowed",
    code: "",
    request: "",
    answer: "",
  };
}

const setting = (name: string) => ({
  change: async (tx: WritableDb) => {
    await tx.insertInto("settings").values({ name, value: "1" }).execute();
  },
  trace: trace(name),
  onFailure: (error: unknown) => ({
    ...trace(name),
    outcome: "failed" as const,
    code: error instanceof KeysteadError ? error.code : "internal/bug",
  }),
});

/** What somebody finds who copies the files at this very moment and opens the copy: what a crash now would leave. */
async function onDisk(): Promise<{ traces: string[]; settings: string[] }> {
  const copy = folder.at(`crash-${serial++}`);
  cpSync(place, copy, { recursive: true });
  const reopened = openDatabase({ file: join(copy, "vault.db"), key, vaultId, mode: "open" });
  const traces = await reopened.read.selectFrom("traces").select("name").orderBy("sequence").execute();
  const settings = await reopened.read.selectFrom("settings").select("name").orderBy("name").execute();
  await reopened.close();
  return { traces: traces.map(({ name }) => name), settings: settings.map(({ name }) => name) };
}

describe("A01 commit queue", () => {
  it("A01 64 callers at once share one transaction", async () => {
    await Promise.all(Array.from({ length: 64 }, (_, i) => queue.submit(setting(`s${i}`))));
    expect(transactions).toBe(1);
    expect(ledger.head.sequence).toBe(64);
  });

  it("A01 callers that come while one is being written share the next", async () => {
    const first = queue.submit(setting("first"));
    await new Promise((resolve) => setImmediate(resolve));
    await Promise.all([first, ...Array.from({ length: 63 }, (_, i) => queue.submit(setting(`s${i}`)))]);
    expect(transactions).toBeLessThanOrEqual(3);
  });

  it("A01 D1 each is answered only when its change and its trace are on the disk", async () => {
    await Promise.all(
      Array.from({ length: 8 }, async (_, i) => {
        await queue.submit(setting(`s${i}`));
        const { traces, settings } = await onDisk();
        expect(traces).toContain(`s${i}`);
        expect(settings).toContain(`s${i}`);
      }),
    );
  });

  it("A01 D22 a change that throws is rolled back and traced as failed; its neighbours stay", async () => {
    const half = {
      ...setting("half"),
      change: async (tx: WritableDb) => {
        await tx.insertInto("settings").values({ name: "half", value: "1" }).execute();
        throw new KeysteadError("keypairs/name-taken", "Taken.");
      },
    };
    const answers = await Promise.allSettled([
      queue.submit(setting("before")),
      queue.submit(half),
      queue.submit(setting("after")),
      queue.submit(setting("before")),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled", "rejected"]);
    expect(transactions).toBe(1);
    expect(await onDisk()).toEqual({ traces: ["before", "half", "after", "before"], settings: ["after", "before"] });
    const rows = await db.read.selectFrom("traces").select(["name", "outcome", "code"]).orderBy("sequence").execute();
    expect(rows.map(({ outcome, code }) => `${outcome} ${code}`.trim())).toEqual([
      "allowed",
      "failed keypairs/name-taken",
      "allowed",
      "failed internal/bug",
    ]);
  });

  it("A01 D22 writes nothing more when the whole transaction was lost under a change", async () => {
    await queue.submit(setting("stays"));
    // What SQLite does by itself when the disk fails in the middle of a statement.
    const lost = {
      ...setting("lost"),
      change: async (tx: WritableDb) => {
        await (tx as unknown as Kysely<VaultTables>).executeQuery(CompiledQuery.raw("ROLLBACK"));
        throw new KeysteadError("vault/disk-failed", "The disk failed.");
      },
    };
    const answers = await Promise.allSettled([
      queue.submit(setting("with it")),
      queue.submit(lost),
      queue.submit(setting("after it")),
    ]);
    expect(answers.map((answer) => (answer.status === "rejected" ? answer.reason.code : "ok"))).toEqual(
      Array(3).fill("vault/disk-failed"),
    );
    expect(await onDisk()).toEqual({ traces: ["stays"], settings: ["stays"] });
    await queue.submit(setting("later"));
    expect((await onDisk()).traces).toEqual(["stays", "later"]);
  });

  it("V01 D1 D3 writes through to the disk, checks references and overwrites what is deleted", () => {
    const pragma = (name: string) => [...db.rows(`PRAGMA ${name}`, [])][0]?.[0];
    // A killed process proves nothing about power loss: the setting itself is what the promise rests on.
    expect(
      Object.fromEntries(
        ["synchronous", "journal_mode", "foreign_keys", "secure_delete", "temp_store"].map((name) => [
          name,
          pragma(name),
        ]),
      ),
    ).toEqual({
      synchronous: 2,
      journal_mode: "wal",
      foreign_keys: 1,
      secure_delete: 1,
      temp_store: 2,
    });
  });

  it("A01 takes nothing after it is closed, and answers all it took before", async () => {
    const taken = Array.from({ length: 5 }, (_, i) => queue.submit(setting(`s${i}`)));
    const closed = queue.close();
    await expect(queue.submit(setting("late"))).rejects.toMatchObject({ code: "vault/locked" });
    await closed;
    await Promise.all(taken);
    expect((await onDisk()).traces).toHaveLength(5);
  });
});

it("A01 64 callers at once through the dispatcher are each traced once, in one unbroken chain", async () => {
  await using kernel = new Kernel((await vaultTemplate(folder))("many"));
  await kernel.unlock();
  const before = (await kernel.must("audit.list", { limit: 1 })).traces[0].sequence;
  const names = Array.from({ length: 64 }, (_, i) => `k${i}`);
  await Promise.all(names.map((name) => kernel.must("keypairs.create", { name, spec: "ed25519" })));
  const { traces } = await kernel.must("audit.list", { name: "createKeypair", limit: 1000 });
  expect(traces.map((trace: { resourceName: string }) => trace.resourceName).sort()).toEqual([...names].sort());
  expect(Math.max(...traces.map((trace: { sequence: number }) => trace.sequence))).toBe(before + 1 + 64);
  expect(await kernel.must("audit.verify")).toMatchObject({ intact: true });
});
