import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { App } from "antd";
import { useEffect } from "react";
import type { KeysteadEvent } from "#shared/contract/events.ts";
import type { Feature, Result } from "#shared/contract/index.ts";
import type { Task } from "#shared/models/task.ts";
import type { VaultStatus } from "#shared/models/vault.ts";
import { isMoving } from "../features/tasks/task-state.ts";
import { useBridge } from "./bridge-context.ts";
import { outdate, putAnswer, putNews } from "./overtaken-answers.ts";
import { operationKey, refreshFeatures } from "./use-operation.ts";
import { STATUS_KEY } from "./use-vault.ts";
import { useWindowStore } from "./window-store.ts";

const TASK_LIST = operationKey("tasks", "list", {});

/** Keeps the cache in step with what main tells of its own accord. */
export function useEvents(): void {
  const bridge = useBridge();
  const queries = useQueryClient();
  const { notification } = App.useApp();
  useEffect(() => {
    const changes = collectChanges(queries);
    const unsubscribe = bridge.listen((event) => {
      if (event.type === "warning") notification.warning({ key: event.id, title: event.message, duration: 0 });
      else if (event.type === "changed") changes.add(event.feature);
      else applyEvent(queries, event);
    });
    return () => {
      unsubscribe();
      changes.stop();
    };
  }, [bridge, queries, notification]);
}

const CALM_MS = 80;

/** Many changes in a row (a batch, another door at work) ask for each list once, when they have calmed down. */
function collectChanges(queries: QueryClient): { add(feature: Feature): void; stop(): void } {
  const features = new Set<Feature>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = () => {
    timer = undefined;
    void refreshFeatures(queries, ...features);
    features.clear();
  };
  return {
    add(feature) {
      features.add(feature);
      timer ??= setTimeout(flush, CALM_MS);
    },
    stop: () => clearTimeout(timer),
  };
}

export function applyEvent(queries: QueryClient, event: Exclude<KeysteadEvent, { type: "warning" | "changed" }>): void {
  switch (event.type) {
    case "task":
      putTask(queries, event.task);
      // What a task did to its server and key pair shows when it stops.
      if (!isMoving(event.task.state)) void refreshFeatures(queries, "servers", "keypairs", "audit");
      return;
    case "locked":
      useWindowStore.getState().setLockReason(event.reason);
      dropEverything(queries);
      return;
    case "unlocked":
      void outdate(queries, STATUS_KEY);
      return;
    default:
      event satisfies never;
  }
}

/** A newer picture of a task, in the list and on its own page. An event that was overtaken is ignored. */
export function putTask(queries: QueryClient, task: Task): void {
  const newer = (before: Task) => (before.updatedAt > task.updatedAt ? before : task);
  putNews<Task>(queries, operationKey("tasks", "get", { id: task.id }), (before) => (before ? newer(before) : task));
  putNews<Result<"tasks", "list">>(queries, TASK_LIST, (list) => {
    if (!list) return list;
    const known = list.tasks.some((other) => other.id === task.id);
    return {
      tasks: known ? list.tasks.map((other) => (other.id === task.id ? newer(other) : other)) : [task, ...list.tasks],
    };
  });
}

/** The vault was locked: nothing that came out of it stays in this window. */
export function dropEverything(queries: QueryClient): void {
  const before = queries.getQueryData<VaultStatus>(STATUS_KEY);
  if (before?.state === "unlocked") {
    const locked: VaultStatus = {
      state: "locked",
      folder: before.folder,
      vaultId: before.vaultId,
      users: before.session ? [before.session.userName] : [],
      passwordUsers: before.passwordUsers,
      tokens: before.tokens,
    };
    putAnswer<VaultStatus>(queries, STATUS_KEY, locked);
  }
  queries.removeQueries({ predicate: (query) => query.queryKey[0] !== "vault" || query.queryKey[1] !== "status" });
  queries.getMutationCache().clear();
  useWindowStore.getState().forgetSession();
  void outdate(queries, STATUS_KEY);
}
