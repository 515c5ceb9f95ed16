import type { HandlerTable } from "#main/dispatch/handlers.ts";

export type { TraceDraft } from "./trace-record.ts";
export { chainUnderTest, verifyChain } from "./verify-chain.ts";

import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { LIMITS } from "#shared/limits.ts";
import { listCheckpoints } from "./checkpoints.ts";
import { listTraces, toTrace } from "./list-traces.ts";
import { acceptedSeams } from "./seams.ts";
import { chainUnderTest, verifyChain } from "./verify-chain.ts";

export function auditHandlers(): HandlerTable["audit"] {
  return {
    list: async (params, call) => ({ result: await listTraces(call.vault.read, params) }),
    get: async (params, call) => {
      const row = await call.vault.read
        .selectFrom("traces")
        .selectAll()
        .where("sequence", "=", params.sequence)
        .executeTakeFirst();
      if (row === undefined) throw new KeysteadError("audit/not-found", `There is no trace number ${params.sequence}.`);
      return { result: toTrace(row), resource: { type: "trace", id: row.id, name: row.name } };
    },
    verify: async (_params, call) => {
      const { vault, clock } = call;
      const began = clock.monotonic();
      const { auditHead } = vault.header;
      const anchor = { ...auditHead, missingFrom: vault.missingFrom };
      const found = await verifyChain(chainUnderTest(vault, anchor), vault.ledger.head);
      const seams = await acceptedSeams(vault.read, found.lastSequence);
      return {
        result: { ...found, seams, milliseconds: clock.monotonic() - began },
        resource: { type: "vault", id: vault.vaultId, name: "" },
        status: found.intact ? (seams.length === 0 ? "normal" : "warning") : "incident",
      };
    },
    checkpoints: async (_params, call) => {
      const records = await listCheckpoints(call.vault.read, LIMITS.pageRows);
      const hex = (bytes: Buffer) => bytes.toString("hex");
      const checkpoints = records.map((record) => ({
        ...record,
        head: hex(record.head),
        previous: hex(record.previous),
        signature: hex(record.signature),
        publicKey: hex(record.publicKey),
      }));
      return { result: { checkpoints } };
    },
  };
}
