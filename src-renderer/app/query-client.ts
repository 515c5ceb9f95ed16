import { QueryClient } from "@tanstack/react-query";
import { isKeysteadError } from "#shared/errors/keystead-error.ts";

/**
 * Cache of what came over the bridge. Main says by events what changed, so nothing is asked again on focus or by a timer:
 * each question is traced, and a console must not write traces just by standing open.
 */
export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 60_000,
        gcTime: 5 * 60_000,
        refetchOnWindowFocus: false,
        refetchOnReconnect: false,
        networkMode: "always",
        retry: (count, error) => count < 1 && isKeysteadError(error) && error.code === "access/too-many-attempts",
      },
    },
  });
}
