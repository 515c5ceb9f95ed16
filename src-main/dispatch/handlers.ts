import type { Clock } from "#main/clock.ts";
import type { WritableDb } from "#main/database/brands.ts";
import type { OpenVault } from "#main/features/vault/open-vault.ts";
import type { Contract, Feature, OperationOf, Params, Result } from "#shared/contract/index.ts";
import type { TraceStatus } from "#shared/models/trace.ts";
import type { ResourceType } from "#shared/trace-resources.ts";
import type { Caller } from "./caller.ts";

/** A caller that has proved to be a user of the open vault. */
export interface Session {
  readonly userId: string;
  readonly userName: string;
  readonly openedAt: number;
  /** Critical operations pass until then; 0 when nobody has confirmed lately, by password or token. */
  confirmedUntil: number;
  /** The same by the clock that nobody sets. */
  confirmedUntilSteady: number;
}

/** What a handler of a public operation knows of the call. */
export interface PublicCall {
  readonly caller: Caller;
  readonly clock: Clock;
  readonly session: Session | undefined;
  readonly vault: OpenVault | undefined;
  /**
   * Resolves when the call is answered: what it changed is durable, or undone. For what must not be begun in between, such as
   * erasing a token while a key that was made on it is being written down.
   */
  readonly settled: Promise<void>;
}

/** What every other handler knows: somebody with a session, in an open vault, who may do this. */
export interface Call extends PublicCall {
  readonly session: Session;
  readonly vault: OpenVault;
}

/** What a trace is about. */
export interface Resource {
  readonly type: ResourceType;
  readonly id: string;
  readonly name: string;
}

/**
 * What a handler hands back. It has done the slow work (keys, network, KDF); `change` is the short rest, run inside the one
 * transaction that also writes the trace. A change that throws is rolled back, and its failure is what the trace tells.
 */
export interface Outcome<R> {
  readonly result: R;
  readonly resource?: Resource;
  readonly change?: (tx: WritableDb) => Promise<void>;
  /** Runs once change and trace are durable: start a task, close the vault. */
  readonly afterwards?: () => void | Promise<void>;
  /** Takes back slow work that reached outside when the commit fails: a written file, an opened vault. */
  readonly undo?: () => void | Promise<void>;
  /** Features whose lists are out of date now; told to the consoles. */
  readonly changed?: readonly Feature[];
  readonly status?: TraceStatus;
}

type CallOf<F extends Feature, O extends OperationOf<F>> = Contract[F][O] extends { readonly action: "public" }
  ? PublicCall
  : Call;

export type Handler<F extends Feature, O extends OperationOf<F>> = (
  params: Params<F, O>,
  call: CallOf<F, O>,
) => Promise<Outcome<Result<F, O>>>;

/** Main must fill it: an operation without a handler does not compile. */
export type HandlerTable = {
  readonly [F in Feature]: { readonly [O in OperationOf<F>]: Handler<F, O> };
};
