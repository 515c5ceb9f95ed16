import { type QueryClient, QueryObserver } from "@tanstack/react-query";
import { describe, expect, it } from "vitest";
import { putAnswer } from "#renderer/app/overtaken-answers.ts";
import { makeQueryClient } from "#renderer/app/query-client.ts";
import { applyEvent } from "#renderer/app/use-events.ts";
import { LAST_CHANGES, operationKey, refreshFeatures } from "#renderer/app/use-operation.ts";
import type { Task } from "#shared/models/task.ts";
import { makeTask } from "#test/support/make-task.ts";

const TASKS = operationKey("tasks", "list", {});
const SERVERS = operationKey("servers", "list", {});
const STATUS = operationKey("vault", "status", {});

/** A list on the screen whose answers come when the test says so, each question apart. */
function watch<T>(queries: QueryClient, queryKey: readonly unknown[]) {
  const answers: ((answer: T) => void)[] = [];
  const observer = new QueryObserver<T>(queries, {
    queryKey,
    queryFn: () => new Promise<T>((resolve) => answers.push(resolve)),
  });
  const leave = observer.subscribe(() => undefined);
  return {
    asked: () => answers.length,
    leave,
    data: () => queries.getQueryData<T>(queryKey),
    async answer(index: number, value: T) {
      answers[index]?.(value);
      await new Promise((resolve) => setTimeout(resolve, 5));
    },
  };
}

const states = (list: { tasks: Task[] } | undefined) => list?.tasks.map((task) => `${task.id} ${task.state}`);

describe("answers that were overtaken", () => {
  it("P12 do not bring a task back to running when it ended while the list was on its way", async () => {
    const queries = makeQueryClient();
    const list = watch<{ tasks: Task[] }>(queries, TASKS);
    await list.answer(0, { tasks: [makeTask({ updatedAt: 1 })] });
    void refreshFeatures(queries, "tasks");

    applyEvent(queries, { type: "task", task: makeTask({ updatedAt: 7, state: "failed" }) });
    applyEvent(queries, { type: "task", task: makeTask({ id: "t2", updatedAt: 8 }) });
    await list.answer(1, { tasks: [makeTask({ updatedAt: 3 })] });

    expect(states(list.data())).toEqual(["t2 running", "t1 failed"]);
  });

  it("P12 nor when it was the first list of all", async () => {
    const queries = makeQueryClient();
    const list = watch<{ tasks: Task[] }>(queries, TASKS);

    applyEvent(queries, { type: "task", task: makeTask({ updatedAt: 7, state: "failed" }) });
    await list.answer(0, { tasks: [makeTask({ updatedAt: 3 })] });

    expect(states(list.data())).toEqual(["t1 failed"]);
  });

  it("P12 keep what is newer than the event, and forget the event once the list was asked for after it", async () => {
    const queries = makeQueryClient();
    const list = watch<{ tasks: Task[] }>(queries, TASKS);
    await list.answer(0, { tasks: [] });
    void refreshFeatures(queries, "tasks");
    applyEvent(queries, { type: "task", task: makeTask({ updatedAt: 7 }) });
    await list.answer(1, { tasks: [makeTask({ updatedAt: 9, state: "done" })] });
    expect(states(list.data())).toEqual(["t1 done"]);

    void refreshFeatures(queries, "tasks");
    applyEvent(queries, { type: "task", task: makeTask({ updatedAt: 9, state: "done" }) });
    // Removed meanwhile: the list is asked for again, and the one before is dropped.
    void refreshFeatures(queries, "tasks");
    await list.answer(3, { tasks: [] });
    await list.answer(2, { tasks: [makeTask({ updatedAt: 9, state: "done" })] });
    expect(states(list.data())).toEqual([]);
  });

  it("P12 are asked for again, once, when the first list was on its way while many changes happened", async () => {
    const queries = makeQueryClient();
    const list = watch<string[]>(queries, SERVERS);

    for (let change = 0; change < 5; change++) void refreshFeatures(queries, "servers");
    await list.answer(0, ["before"]);
    // Shown all the same: under a stream of changes a list would never come.
    expect(list.data()).toEqual(["before"]);
    expect(list.asked()).toBe(2);
    await list.answer(1, ["after"]);

    expect(list.data()).toEqual(["after"]);
    expect(list.asked()).toBe(2);
  });

  it("P12 stay marked as old when they come after their page was left", async () => {
    const queries = makeQueryClient();
    const list = watch<string[]>(queries, SERVERS);
    await list.answer(0, ["first"]);
    void refreshFeatures(queries, "servers");
    list.leave();

    void refreshFeatures(queries, "servers");
    await list.answer(1, ["before"]);

    expect(queries.getQueryState(SERVERS)?.isInvalidated).toBe(true);
    expect(list.asked()).toBe(2);
  });

  it("A01 of the traces are marked as old but never asked for again, but for the last changes", async () => {
    const queries = makeQueryClient();
    const page = watch<string[]>(queries, ["audit", "pages", {}]);
    const last = watch<string[]>(queries, operationKey("audit", "list", LAST_CHANGES));

    void refreshFeatures(queries, "audit");
    await page.answer(0, ["before"]);
    await last.answer(0, ["before"]);

    expect([page.asked(), last.asked()]).toEqual([1, 2]);
    expect(queries.getQueryState(["audit", "pages", {}])?.isInvalidated).toBe(true);
  });

  it("V01 do not take back the status that unlocking answered with", async () => {
    const queries = makeQueryClient();
    const status = watch<string>(queries, STATUS);
    await status.answer(0, "locked");
    void refreshFeatures(queries, "vault");

    putAnswer(queries, STATUS, "unlocked");
    await status.answer(1, "locked");

    expect(status.data()).toBe("unlocked");
  });
});
