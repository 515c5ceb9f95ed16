import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import type { Feature } from "#shared/contract/index.ts";
import { useConfirmation } from "./confirmation.ts";
import { refreshFeatures } from "./use-operation.ts";

export interface Action<A extends readonly unknown[], R> {
  /** Carries the action out; `undefined` when it failed (see `error`) or the officer turned back. */
  run(...args: A): Promise<R | undefined>;
  readonly pending: boolean;
  readonly error: unknown;
  clear(): void;
}

/**
 * A change asked by the officer. Not TanStack's mutation: its cache keeps the arguments, and those hold passwords.
 * Asks for the password when main wants a confirmation, and then repeats the very same call.
 */
export function useAction<A extends readonly unknown[], R>(
  act: (...args: A) => Promise<R>,
  refreshes: readonly Feature[] = [],
): Action<A, R> {
  const [state, setState] = useState<{ pending: boolean; error: unknown }>({ pending: false, error: undefined });
  const queries = useQueryClient();
  const confirmFirst = useConfirmation();
  const mounted = useRef(true);
  useEffect(() => {
    mounted.current = true;
    return () => {
      mounted.current = false;
    };
  }, []);
  const latest = useRef(act);
  latest.current = act;
  const features = useRef(refreshes);
  features.current = refreshes;

  const run = useCallback(
    async (...args: A): Promise<R | undefined> => {
      setState({ pending: true, error: undefined });
      const outcome = await confirmFirst(() => latest.current(...args)).then(
        (value) => ({ value, error: undefined }),
        (error: unknown) => ({ value: undefined, error }),
      );
      if (mounted.current) setState({ pending: false, error: outcome.error });
      await refreshFeatures(queries, ...features.current);
      return outcome.value;
    },
    [confirmFirst, queries],
  );
  const clear = useCallback(() => setState({ pending: false, error: undefined }), []);
  return { run, pending: state.pending, error: state.error, clear };
}
