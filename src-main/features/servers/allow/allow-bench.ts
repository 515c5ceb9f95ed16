import type { SshSession } from "../ssh-port.ts";
import { ServerBench } from "../steps/server-bench.ts";

/** What the steps of one "password login on again" share. Passwords are off, so only the bound key logs in. */
export class AllowBench extends ServerBench {
  get needsRoot(): boolean {
    return true;
  }

  protected openControl(): Promise<SshSession> {
    return this.connect({ kind: "key", signer: this.signer });
  }
}
