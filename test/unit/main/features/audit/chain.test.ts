import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { hmacSha256, sha256 } from "#main/crypto/hash.ts";
import { randomId, randomSecret } from "#main/crypto/random.ts";
import { openDatabase } from "#main/database/open.ts";
import { ChainLinker, chainStart, Ledger } from "#main/features/audit/ledger.ts";
import { canonicalTrace, type TraceDraft } from "#main/features/audit/trace-record.ts";
import { verifyChain } from "#main/features/audit/verify-chain.ts";
import { TestFolder } from "#test/support/kernel.ts";

const folder = new TestFolder("chain");
afterAll(() => folder[Symbol.dispose]());

function draft(change: Partial<TraceDraft> = {}): TraceDraft {
  return {
    id: "i",
    time: 1,
    name: "n",
    operation: "o",
    effect: "read",
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
    ...change,
  };
}

describe("trace chain", () => {
  it("A01 D19 each link is an HMAC over the link before and the record, from a start bound to the vault", () => {
    using key = randomSecret(32);
    using linker = new ChainLinker(key);
    const start = chainStart("11111111-1111-4111-8111-111111111111");
    expect(start.mac).toEqual(sha256("keystead/traces/v1\0" + "11111111-1111-4111-8111-111111111111"));
    const record = canonicalTrace(1, draft());
    expect(record).toBe("1:1,1:i,1:1,1:n,1:o,4:read,0:,0:,4:test,0:,0:,0:,6:normal,7:allowed,0:,0:,0:,");
    expect(linker.link(start.mac, record)).toEqual(hmacSha256(key, start.mac.toString("hex") + record));
  });

  it("A01 no two records have one encoding", () => {
    const text = fc.string({ maxLength: 8, unit: fc.constantFrom("a", "1", ":", ",", "é", "\0") });
    const some = fc.record({ name: text, operation: text, code: text, request: text, answer: text, time: fc.nat(120) });
    fc.assert(
      fc.property(
        some,
        some,
        (a, b) =>
          (canonicalTrace(1, draft(a)) === canonicalTrace(1, draft(b))) === (JSON.stringify(a) === JSON.stringify(b)),
      ),
      { numRuns: 2000 },
    );
  });

  it("A01 D24 whatever text a trace holds, the database gives back what was linked", { timeout: 60_000 }, async () => {
    using key = randomSecret(32);
    using auditKey = randomSecret(32);
    using signingSeed = randomSecret(32);
    const vaultId = randomId();
    const db = openDatabase({ file: folder.at("vault.db"), key, vaultId, mode: "create" });
    const ledger = new Ledger(new ChainLinker(auditKey), chainStart(vaultId));
    const text = fc.string({ unit: "binary", maxLength: 60 });
    const lone = fc.constantFrom("\ud800", "a\udfffb", "\0", "x\0y", "\ufeff", "'; --", "\u2028");
    const any = fc.oneof(text, lone);
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            name: any,
            operatorName: any,
            resourceName: any,
            code: any,
            request: any,
            answer: any,
            time: fc.maxSafeNat(),
          }),
          { minLength: 1, maxLength: 20 },
        ),
        async (records) => {
          const head = await db.transaction((tx) =>
            ledger.append(
              tx,
              records.map((record) => draft({ id: randomId(), ...record })),
            ),
          );
          ledger.advance(head);
        },
      ),
      { numRuns: 100 },
    );
    const anchor = { sequence: 0, mac: "", checkpoint: 0, missingFrom: undefined };
    expect(await verifyChain({ vaultId, db, auditKey, signingSeed, anchor }, ledger.head)).toMatchObject({
      intact: true,
      records: ledger.head.sequence,
    });
    await db.close();
  });

  it("A01 a failed commit leaves the chain where the disk has it", async () => {
    using key = randomSecret(32);
    using auditKey = randomSecret(32);
    const vaultId = randomId();
    const db = openDatabase({ file: folder.at("failed.db"), key, vaultId, mode: "create" });
    const ledger = new Ledger(new ChainLinker(auditKey), chainStart(vaultId));
    await expect(
      db.transaction(async (tx) => {
        await ledger.append(tx, [draft()]);
        throw new Error("no");
      }),
    ).rejects.toThrow("no");
    expect(ledger.head.sequence).toBe(0);
    ledger.advance(await db.transaction((tx) => ledger.append(tx, [draft()])));
    expect(ledger.head.sequence).toBe(1);
    await db.close();
  });
});
