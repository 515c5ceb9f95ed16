import { randomId } from "#main/crypto/random.ts";
import type { WritableDb } from "#main/database/brands.ts";
import type { TraceStatus } from "#shared/models/trace.ts";
import type { Call, Resource } from "./handlers.ts";

/**
 * Traces, durably and now, what an operation still under way is about to do or has just met: a wrong PIN counts, and an erased
 * token is on record, however the operation ends. `change` stands and falls with the trace.
 */
export function note(
  call: Call,
  about: {
    readonly name: string;
    readonly operation: string;
    readonly resource: Resource;
    readonly status: TraceStatus;
    readonly text: string;
  },
  change?: (tx: WritableDb) => Promise<void>,
): Promise<void> {
  const trace = {
    id: randomId(),
    time: call.clock.now(),
    name: about.name,
    operation: about.operation,
    effect: "change" as const,
    operatorId: call.session.userId,
    operatorName: call.session.userName,
    source: call.caller.door,
    resourceType: about.resource.type,
    resourceId: about.resource.id,
    resourceName: about.resource.name,
    status: about.status,
    outcome: "allowed" as const,
    code: "",
    request: "",
    answer: about.text,
  };
  return call.vault.commits.submit({ change, trace, onFailure: () => ({ ...trace, outcome: "failed" as const }) });
}
