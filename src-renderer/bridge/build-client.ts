import type { Client, OperationName } from "#shared/contract/index.ts";
import { operationNames } from "#shared/contract/names.ts";
import { unwrapReply } from "#shared/doors/reply.ts";

/** Sends one operation through a door and resolves with its reply, as plain data. */
export type Send = (name: OperationName, input: unknown) => Promise<unknown>;

/** Makes the typed client over a door. The cast is sound because the names come from the contract itself. */
export function buildClient(send: Send): Client {
  const features = Object.entries(operationNames).map(([feature, names]) => {
    const calls = names.map((name) => {
      const operation = `${feature}.${name}` as OperationName;
      return [name, async (input: unknown) => unwrapReply(await send(operation, input))] as const;
    });
    return [feature, Object.freeze(Object.fromEntries(calls))] as const;
  });
  return Object.freeze(Object.fromEntries(features)) as unknown as Client;
}
