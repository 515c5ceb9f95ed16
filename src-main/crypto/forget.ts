import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/**
 * Has the engine give back, now, what nobody refers to any more. Buffers of ours are zeroed, but Node copies a key for every
 * derivation and signature, and wipes its copy only when the copy is collected: in a program at rest that may be hours away.
 */
export function forgetUnused(): void {
  setFlagsFromString("--expose-gc");
  // Contexts that are there already do not get the function; ours keep doing without it.
  const collect: unknown = runInNewContext("globalThis.gc");
  if (typeof collect === "function") collect();
}
