import { useCallback, useEffect, useMemo } from "react";
import { useLocation, useSearchParams } from "react-router";
import { useWindowStore } from "../app/window-store.ts";

export interface ListFilter<K extends string> {
  readonly values: Readonly<Record<K, string>>;
  /** True when anything is filtered away. */
  readonly active: boolean;
  /** The same as an address's query, to be kept and applied again. */
  readonly query: string;
  set(key: K, value: string): void;
  /** Puts a kept query in place of what is set; names it does not know are left out. */
  apply(query: string): void;
  clear(): void;
}

/**
 * Filters of a list page. They stand in the address, so that it can be copied and reopened; the last ones are remembered
 * in memory for the way back (`runtime.md` allows no storage in the browser). An empty value means "not filtered".
 */
export function useListFilter<const K extends string>(keys: readonly K[]): ListFilter<K> {
  const [params, setParams] = useSearchParams();
  const { pathname } = useLocation();
  const remember = useWindowStore((state) => state.rememberFilter);
  const text = params.toString();
  useEffect(() => remember(pathname, text), [remember, pathname, text]);
  const joined = keys.join(" ");
  const values = useMemo(() => {
    const read = new URLSearchParams(text);
    return Object.fromEntries(joined.split(" ").map((key) => [key, read.get(key) ?? ""])) as Record<K, string>;
  }, [joined, text]);
  const query = useMemo(() => knownQuery(text, joined.split(" ")), [joined, text]);
  const apply = useCallback(
    (kept: string) => setParams(knownQuery(kept, joined.split(" ")), { replace: true }),
    [setParams, joined],
  );
  const set = useCallback(
    (key: K, value: string) =>
      setParams(
        (before) => {
          const after = new URLSearchParams(before);
          if (value === "") after.delete(key);
          else after.set(key, value);
          return after;
        },
        { replace: true },
      ),
    [setParams],
  );
  const clear = useCallback(() => setParams({}, { replace: true }), [setParams]);
  return { values, active: keys.some((key) => values[key] !== ""), query, set, apply, clear };
}

/** What a query says of these filters, in their order: the same filters have one query. */
export function knownQuery(query: string, keys: readonly string[]): string {
  const read = new URLSearchParams(query);
  const known = keys.map((key) => [key, read.get(key) ?? ""] as const).filter(([, value]) => value !== "");
  return new URLSearchParams(known.map(([key, value]) => [key, value])).toString();
}
