import { queryObjects } from "node:v8";

class Nothing {}

/**
 * Has the engine give back, now, what nobody refers to any more. Buffers of ours are zeroed, but Node copies a key for every
 * derivation and signature, and wipes its copy only when the copy is collected: in a program at rest that may be hours away.
 */
export function forgetUnused(): void {
  const { emitWarning } = process;
  // That the function is experimental is for us to know (its effect has a test), and not for whoever reads standard error.
  process.emitWarning = () => undefined;
  try {
    // Before it counts anything, it collects: the one way to ask for that without code of another context, or Node's own flags.
    queryObjects(Nothing, { format: "count" });
  } finally {
    process.emitWarning = emitWarning;
  }
}
