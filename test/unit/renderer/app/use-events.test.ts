import { QueryClient } from "@tanstack/react-query";
import { describe, expect, it } from "vitest";
import { applyEvent } from "#renderer/app/use-events.ts";
import { operationKey } from "#renderer/app/use-operation.ts";
import { useWindowStore } from "#renderer/app/window-store.ts";
import type { Task } from "#shared/models/task.ts";
import { makeTask } from "#test/support/make-task.ts";

const STATUS = operationKey("vault", "status", {});
const TASKS = operationKey("tasks", "list", {});
const TOKEN_WAY = { slotId: "s", userName: "Ada", label: "Ada's UKey", serial: "1", needsPassword: true };

describe("events", () => {
  it("V01 leave nothing of the vault in the cache when it is locked", () => {
    const queries = new QueryClient();
    queries.setQueryData(STATUS, {
      state: "unlocked",
      folder: "/vault",
      vaultId: "v",
      vaultName: "Night shift",
      passwordUsers: [],
      tokens: [TOKEN_WAY],
      session: { userId: "u", userName: "Ada", openedAt: 0, confirmedUntil: 0 },
      autoLockMinutes: 10,
      locksAt: 0,
      warnings: [],
    });
    queries.setQueryData(operationKey("keypairs", "list", {}), { keypairs: [] });
    queries.setQueryData(operationKey("vault", "settings", {}), { vaultName: "Night shift", autoLockMinutes: 10 });
    useWindowStore.getState().rememberFilter("/servers", "q=secret-project");

    applyEvent(queries, { type: "locked", reason: "idle" });

    expect(
      queries
        .getQueryCache()
        .getAll()
        .map((query) => query.queryKey),
    ).toEqual([STATUS]);
    expect(queries.getQueryData(STATUS)).toEqual({
      state: "locked",
      folder: "/vault",
      vaultId: "v",
      users: ["Ada"],
      // Still the way to ask for: a page that asked for a password meanwhile would ask in vain.
      passwordUsers: [],
      tokens: [TOKEN_WAY],
    });
    expect(useWindowStore.getState().lastFilter).toEqual({});
    expect(useWindowStore.getState().lockReason).toBe("idle");
  });

  it("P12 put a task's newest picture in place, and ignore one that was overtaken", () => {
    const queries = new QueryClient();
    queries.setQueryData(TASKS, { tasks: [makeTask({ updatedAt: 5 }), makeTask({ id: "t0" })] });

    applyEvent(queries, { type: "task", task: makeTask({ updatedAt: 7, state: "done" }) });
    applyEvent(queries, { type: "task", task: makeTask({ updatedAt: 6 }) });
    applyEvent(queries, { type: "task", task: makeTask({ id: "t2" }) });

    const list = queries.getQueryData<{ tasks: Task[] }>(TASKS)?.tasks ?? [];
    expect(list.map((task) => `${task.id} ${task.state}`)).toEqual(["t2 running", "t1 done", "t0 running"]);
    expect(queries.getQueryData<Task>(operationKey("tasks", "get", { id: "t1" }))?.state).toBe("done");
  });
});
