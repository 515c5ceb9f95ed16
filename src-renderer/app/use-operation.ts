import { type QueryClient, type UseQueryResult, useQuery } from "@tanstack/react-query";
import { useCallback } from "react";
import type { Client, Feature, Input, OperationOf, Result } from "#shared/contract/index.ts";
import { isKeysteadError } from "#shared/errors/keystead-error.ts";
import { useClient } from "./bridge-context.ts";
import { outdate } from "./overtaken-answers.ts";

export type OperationKey = readonly [feature: Feature, operation: string, input: unknown];

export function operationKey<F extends Feature, O extends OperationOf<F>>(
  feature: F,
  operation: O,
  input: Input<F, O>,
): OperationKey {
  return [feature, operation, input];
}

export function callOperation<F extends Feature, O extends OperationOf<F>>(
  client: Client,
  feature: F,
  operation: O,
  input: Input<F, O>,
): Promise<Result<F, O>> {
  return client[feature][operation](input);
}

interface ReadOptions {
  readonly enabled?: boolean;
  readonly staleTime?: number;
}

/** The state of one reading operation, cached under its name and input. */
export function useOperation<F extends Feature, O extends OperationOf<F>>(
  feature: F,
  operation: O,
  input: Input<F, O>,
  options: ReadOptions = {},
): UseQueryResult<Result<F, O>, Error> {
  const client = useClient();
  const read = useCallback(() => callOperation(client, feature, operation, input), [client, feature, operation, input]);
  return useQuery<Result<F, O>, Error, Result<F, O>, OperationKey>({
    queryKey: operationKey(feature, operation, input),
    queryFn: read,
    ...options,
  });
}

/** Whether main says that the thing asked for is there no more; the answer of before is then no picture of anything. */
export function isGone(error: unknown): boolean {
  return isKeysteadError(error) && error.kind === "missing";
}

/** What the overview shows of the traces. Changes only: the console's own reading never makes it out of date. */
export const LAST_CHANGES = { limit: 8, effect: "change" } as const satisfies Input<"audit", "list">;

/** Everything read from these features is asked again where it is on the screen, and marked old elsewhere. */
export async function refreshFeatures(queries: QueryClient, ...features: readonly Feature[]): Promise<void> {
  await Promise.all([
    // Listing traces writes a trace: asking again by itself would never end (A01).
    ...features.map((feature) => outdate(queries, [feature], feature === "audit" ? "none" : "active")),
    outdate(queries, operationKey("audit", "list", LAST_CHANGES)),
  ]);
}
