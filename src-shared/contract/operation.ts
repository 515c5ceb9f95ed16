import type { z } from "zod";

/**
 * One operation of the contract: everything a door, the dispatcher, the traces and the command line need to know of it.
 * Sources: architecture decision 0002.
 */
export interface Operation<
  P extends z.ZodType = z.ZodType,
  R extends z.ZodType = z.ZodType,
  A extends string = string,
> {
  /** One sentence for the command line's help. */
  readonly summary: string;
  /** Strict object schema: unknown fields are refused. */
  readonly params: P;
  readonly result: R;
  /** Permission the caller needs, e.g. `kps:keypair:create`. `public` needs no session and no permission. */
  readonly action: A;
  /** Name in the traces, e.g. `createKeypair`. */
  readonly trace: string;
  /** `read` changes nothing; `change` does. The trace list hides reads on request. */
  readonly effect: "read" | "change";
  /** Asks for a fresh confirmation of the password first. */
  readonly critical?: boolean;
  /** Dotted paths of parameters that no trace, log or error may show. */
  readonly secret?: readonly string[];
  /** Dotted paths of parameters that are no secrets of Keystead's, and yet not for the traces: what somebody has signed. */
  readonly confidential?: readonly string[];
  /** Dotted paths of the result that no trace may show: only of `reveal…` operations, which are critical. */
  readonly secretResult?: readonly string[];
  /** Why the operation leaves no trace. Only for those that neither read nor change anything the vault holds. */
  readonly untraced?: string;
  /** The result is a task that goes on after the reply; the command line waits for it. */
  readonly startsTask?: boolean;
}

/** Keeps the exact schema types of a definition. */
export function operation<P extends z.ZodType, R extends z.ZodType, const A extends string>(
  definition: Operation<P, R, A>,
): Operation<P, R, A> {
  return Object.freeze(definition);
}
