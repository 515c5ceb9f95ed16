import { useCallback, useEffect, useMemo } from "react";
import { useLocation, useSearchParams } from "react-router";
import { useWindowStore } from "../app/window-store.ts";

export interface ListFilter<K extends string> {
  readonly values: Readonly<Record<K, string>>;
  /** True when anything is filtered away. */
  readonly active: boolean;
  set(key: K, value: string): void;
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
  return { values, active: keys.some((key) => values[key] !== ""), set, clear };
}
