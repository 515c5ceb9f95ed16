import type { App, Caller } from "#main/dispatch/caller.ts";
import type { Feature, Input, OperationOf, Result } from "#shared/contract/index.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";

let number = 0;

/** The step that is being done, or was done last, from 1. */
export function stepNumber(): number {
  return number;
}

/** Says what is being done, then what proves that it was. A step without proof ends the demonstration. */
export async function step<T>(title: string, work: (prove: (proof: string) => void) => Promise<T>): Promise<T> {
  console.log(`${String(++number).padStart(2)}. ${title}`);
  let proofs = 0;
  const result = await work((proof) => {
    proofs += 1;
    console.log(`      ✓ ${proof}`);
  });
  if (proofs === 0) throw new Error(`“${title}” has shown no proof`);
  return result;
}

export function must(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new Error(otherwise);
}

/** Somebody at the command line's door: everything goes through the contract. */
export class Officer {
  readonly #app: App;
  readonly #caller: Caller;

  constructor(app: App) {
    this.#app = app;
    this.#caller = app.connect("cli");
  }

  async call<F extends Feature, O extends OperationOf<F>>(
    feature: F,
    operation: O,
    params: Input<F, O>,
  ): Promise<Result<F, O>> {
    const reply = await this.#app.dispatch(this.#caller, { operation: `${feature}.${operation}`, params });
    if (!reply.ok) throw KeysteadError.fromPayload(reply.error);
    return reply.result as Result<F, O>;
  }

  /** The code with which something is refused; fails when it is allowed. */
  async refusedWith<F extends Feature, O extends OperationOf<F>>(
    feature: F,
    operation: O,
    params: Input<F, O>,
  ): Promise<string> {
    const reply = await this.#app.dispatch(this.#caller, { operation: `${feature}.${operation}`, params });
    must(!reply.ok, `${feature}.${operation} was allowed and should not have been`);
    return reply.error.code;
  }
}
