import { useInfiniteQuery } from "@tanstack/react-query";
import type { Input, Result } from "#shared/contract/index.ts";
import { useClient } from "../../app/bridge-context.ts";

const PAGE = 100;

/** Traces newest first, page after page below the last sequence number seen; never by offset, which moves. */
export function useTraces(input: Input<"audit", "list">, enabled: boolean) {
  const client = useClient();
  return useInfiniteQuery({
    queryKey: ["audit", "pages", input],
    enabled,
    queryFn: ({ pageParam }) =>
      client.audit.list({ ...input, limit: PAGE, ...(pageParam === undefined ? {} : { before: pageParam }) }),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (last: Result<"audit", "list">) =>
      last.traces.length < PAGE ? undefined : last.traces.at(-1)?.sequence,
  });
}
