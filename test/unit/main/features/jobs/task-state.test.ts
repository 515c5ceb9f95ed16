import { describe, expect, it } from "vitest";
import { isActive, isSettled, possibilities } from "#main/features/jobs/task-state.ts";
import { type TaskState, taskState } from "#shared/models/task.ts";

const all = taskState.options;

describe("task states", () => {
  it("P12 each is active, settled, or waits for somebody", () => {
    const kinds = Object.fromEntries(
      all.map((state) => [state, isActive(state) ? "active" : isSettled(state) ? "settled" : "waits"]),
    );
    expect(kinds).toEqual({
      queued: "active",
      running: "active",
      "rolling-back": "active",
      interrupted: "waits",
      failed: "waits",
      "rollback-failed": "waits",
      "rolled-back": "settled",
      cancelled: "settled",
      done: "settled",
    });
  });

  type Row = readonly [TaskState, string];
  // What may be asked: r retry, b roll back (when something changed), c cancel, d delete (when nothing
  // is left to be rolled back).
  const table: readonly Row[] = [
    ["queued", "c"],
    ["running", "c"],
    ["rolling-back", ""],
    ["interrupted", "rbd"],
    ["failed", "rbd"],
    ["rollback-failed", "rbd"],
    ["rolled-back", "rd"],
    ["cancelled", "rd"],
    ["done", "d"],
  ];

  it.each(table)("P12 %s allows %s", (state, letters) => {
    for (const changed of [true, false])
      for (const hasSecrets of [true, false]) {
        expect(possibilities(state, { changed, hasSecrets, byPassword: false }).needsPassword).toBe(false);
        const can = possibilities(state, { changed, hasSecrets, byPassword: true });
        expect(can).toEqual({
          retry: letters.includes("r"),
          rollBack: letters.includes("b") && changed,
          cancel: letters.includes("c"),
          remove: letters.includes("d") && !(letters.includes("b") && changed),
          needsPassword: letters.includes("r") && !hasSecrets,
        });
      }
  });

  it("P12 the table names every state", () => {
    expect(table.map(([state]) => state).sort()).toEqual([...all].sort());
  });
});
