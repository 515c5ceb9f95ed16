import { describe, expect, it } from "vitest";
import { runBatch } from "#renderer/components/run-batch.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";

const items = ["a", "b", "c"].map((id) => ({ id, name: `server ${id}` }));

describe("batch", () => {
  it("P06 gives a row per item in the items' order when they end in another", async () => {
    const rows = await runBatch(
      items,
      async ({ id }) => {
        await new Promise((done) => setTimeout(done, id === "b" ? 20 : 1));
        return id;
      },
      3,
    );
    expect(rows.map((row) => [row.id, row.outcome, row.message])).toEqual([
      ["a", "done", "a"],
      ["b", "done", "b"],
      ["c", "done", "c"],
    ]);
  });

  it("P06 tells refused from failed and goes on", async () => {
    const rows = await runBatch(items, async ({ id }) => {
      if (id === "a") throw new KeysteadError("keypairs/in-use", "It is in use.");
      if (id === "b") throw new KeysteadError("servers/unreachable", "Nobody answers.");
      return undefined;
    });
    expect(rows.map((row) => row.outcome)).toEqual(["refused", "failed", "done"]);
    expect(rows[0]?.message).toBe("It is in use. (keypairs/in-use)");
  });

  it("P15 stops before anything is done when a confirmation is wanted first", async () => {
    let calls = 0;
    const run = runBatch(items, async () => {
      calls += 1;
      throw new KeysteadError("access/confirmation-required", "Confirm your password.");
    });
    await expect(run).rejects.toMatchObject({ code: "access/confirmation-required" });
    expect(calls).toBe(1);
  });
});
