import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { newRevertToken, revertStatus } from "../remote/revert-timer.ts";
import type { ServerBench } from "./server-bench.ts";

/** A switch that is not this task's waits on the server for its proof: what sshd says now may be taken back any moment (B40). */
export async function othersSwitchStands(bench: ServerBench): Promise<boolean> {
  const token = bench.switchMemory.sshdEdit?.token ?? newRevertToken();
  const state = await bench.run(revertStatus(token, bench.asRoot));
  return state.kind === "armed" && !state.ours;
}

/** Error: `servers/busy`. */
export async function refuseOthersSwitch(bench: ServerBench): Promise<void> {
  if (!(await othersSwitchStands(bench))) return;
  throw new KeysteadError(
    "servers/busy",
    `Somebody else is just changing password login on ${bench.server.host}, and has not proved it yet. Wait until that is done or taken back, then try again.`,
  );
}
