import type { StepProof } from "#main/features/jobs/index.ts";
import type { ServerBench } from "./server-bench.ts";

/** The first step of every task on a server. */
export async function logIn(bench: ServerBench): Promise<StepProof> {
  const session = await bench.control();
  return {
    proof: `The host key ${session.hostKey.fingerprint} is the pinned one; ${bench.user} logged in by ${session.method}.`,
    serverText: session.serverVersion,
  };
}
