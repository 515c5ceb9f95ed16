import type { Query, QueryClient, QueryKey } from "@tanstack/react-query";

// Events and answers travel apart: a question on its way may bring an answer from before a change that this window has heard
// of meanwhile, and the cache would keep it as the newest. What is known better is put in again once such an answer is there,
// or the question is asked again.

type Refetch = "active" | "none";

/** Puts what was heard into a cached answer, and into the one that is on its way. `put` leaves alone what is newer. */
export function putNews<T>(
  queries: QueryClient,
  queryKey: QueryKey,
  put: (before: T | undefined) => T | undefined,
): void {
  queries.setQueryData<T>(queryKey, put);
  const query = queries.getQueryCache().find({ queryKey });
  if (query) whenAnswered(queries, query, () => queries.setQueryData<T>(queryKey, put));
}

/** Puts what an operation answered in place of a cached answer; one that is on its way was asked for before and is dropped. */
export function putAnswer<T>(queries: QueryClient, queryKey: QueryKey, answer: T): void {
  void queries.cancelQueries({ queryKey, exact: true });
  queries.setQueryData<T>(queryKey, () => answer);
}

/** All answers under this key are out of date: asked for again where they are on the screen, or with `none` only marked. */
export async function outdate(
  queries: QueryClient,
  queryKey: QueryKey,
  refetchType: Refetch = "active",
): Promise<void> {
  const overtaken = queries.getQueryCache().findAll({
    queryKey,
    fetchStatus: "fetching",
    // An answer that is there and shown is asked for anew at once. A first one is not: many changes would put it off for ever.
    predicate: (query) => refetchType === "none" || !query.isActive() || query.state.data === undefined,
  });
  for (const query of overtaken) outdateWhenAnswered(queries, query, refetchType);
  await queries.invalidateQueries({ queryKey, refetchType });
}

const OVERTAKEN: Readonly<Record<Refetch, WeakSet<Promise<unknown>>>> = { active: new WeakSet(), none: new WeakSet() };

/** Once a question, however many changes overtake it. */
function outdateWhenAnswered(queries: QueryClient, query: Query, refetchType: Refetch): void {
  if (!query.promise || OVERTAKEN[refetchType].has(query.promise)) return;
  OVERTAKEN[refetchType].add(query.promise);
  whenAnswered(queries, query, () => {
    void queries.invalidateQueries({ queryKey: query.queryKey, exact: true, refetchType });
  });
}

/** Once the question that is on its way now has its answer; never when it was dropped, for the next one was asked later. */
function whenAnswered(queries: QueryClient, query: Query, act: () => void): void {
  const asked = query.promise;
  if (query.state.fetchStatus === "idle" || !asked) return;
  const unsubscribe = queries.getQueryCache().subscribe((event) => {
    if (event.query !== query) return;
    const dropped = event.type === "removed" || query.promise !== asked;
    if (!dropped && query.state.fetchStatus !== "idle") return;
    unsubscribe();
    if (!dropped) act();
  });
}
