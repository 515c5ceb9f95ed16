import type { z } from "zod";
import { audit } from "./audit.ts";
import { keypairs } from "./keypairs.ts";
import type { Operation } from "./operation.ts";
import { servers } from "./servers.ts";
import { tasks } from "./tasks.ts";
import { tokens } from "./tokens/index.ts";
import { vault } from "./vault.ts";

/** The single list of operations. Doors, handler table, clients and command line all come from it by types. */
export const contract = { vault, keypairs, servers, tokens, tasks, audit } as const;

export type Contract = typeof contract;
export type Feature = keyof Contract;
/** Every feature in the contract's order. */
export const features = Object.keys(contract) as [Feature, ...Feature[]];
export type OperationOf<F extends Feature> = keyof Contract[F] & string;

type Definition<F extends Feature, O extends OperationOf<F>> =
  Contract[F][O] extends Operation<infer P, infer R> ? { params: P; result: R } : never;

/** Parameters after parsing: what a handler sees. */
export type Params<F extends Feature, O extends OperationOf<F>> = z.output<Definition<F, O>["params"]>;
/** Parameters as a caller may write them: defaults may be left out. */
export type Input<F extends Feature, O extends OperationOf<F>> = z.input<Definition<F, O>["params"]>;
export type Result<F extends Feature, O extends OperationOf<F>> = z.output<Definition<F, O>["result"]>;

/** The client every door offers: one function an operation. Rejects with `KeysteadError`. */
export type Client = {
  readonly [F in Feature]: { readonly [O in OperationOf<F>]: (input: Input<F, O>) => Promise<Result<F, O>> };
};

/** `feature.operation`, the channel and request name. */
export type OperationName = { [F in Feature]: `${F}.${OperationOf<F>}` }[Feature];

export interface ContractEntry {
  readonly name: OperationName;
  readonly feature: Feature;
  readonly operation: string;
  readonly definition: Operation;
}

/** Every operation in the contract's order. */
export const operations: readonly ContractEntry[] = Object.entries(contract).flatMap(([feature, group]) =>
  Object.entries(group as Readonly<Record<string, Operation>>).map(([name, definition]) => ({
    name: `${feature}.${name}` as OperationName,
    feature: feature as Feature,
    operation: name,
    definition,
  })),
);

const byName: ReadonlyMap<string, ContractEntry> = new Map(operations.map((entry) => [entry.name, entry]));

export function findOperation(name: string): ContractEntry | undefined {
  return byName.get(name);
}
