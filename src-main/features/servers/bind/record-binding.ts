import type { StepProof } from "#main/features/jobs/index.ts";
import type { Server } from "#shared/models/server.ts";
import { pinHostKey, saveBinding, updateServer } from "../server-repository.ts";
import type { BindBench } from "./bind-bench.ts";

/** The end of every bind: the binding and what was seen of the server, in one commit with the step. */
export async function recordBinding(
  bench: BindBench,
  found: {
    readonly authorizedKeysPath: string;
    readonly passwordLogin: Server["passwordLogin"];
    readonly note?: string;
  },
): Promise<StepProof> {
  const { clock, serverId = "", keypairId = "" } = bench.context;
  const now = clock.now();
  const session = await bench.control();
  return {
    proof: found.note ? `${bench.server.name} is bound. ${found.note}` : `${bench.server.name} is bound.`,
    change: async (tx) => {
      const { authorizedKeysPath, passwordLogin } = found;
      const binding = { serverId, keypairId, user: bench.user, state: "bound", authorizedKeysPath } as const;
      await saveBinding(tx, { ...binding, provedAt: now });
      // OpenSSH proves its other host keys right after login: pinned too, an upgrade there is no attack (B48).
      for (const key of session.provenHostKeys) await pinHostKey(tx, serverId, key, now, false);
      await updateServer(tx, serverId, {
        passwordLogin,
        reachability: "reachable",
        problemCode: null,
        problemMessage: null,
        lastSeenAt: now,
        serverVersion: session.serverVersion,
        updatedAt: now,
      });
    },
  };
}
