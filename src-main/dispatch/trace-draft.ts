import { randomId } from "#main/crypto/random.ts";
import type { TraceDraft } from "#main/features/audit/trace-record.ts";
import type { ContractEntry, Feature } from "#shared/contract/index.ts";
import type { ErrorPayload } from "#shared/errors/keystead-error.ts";
import type { TraceStatus } from "#shared/models/trace.ts";
import type { ResourceType } from "#shared/trace-resources.ts";
import type { Caller } from "./caller.ts";
import type { Resource, Session } from "./handlers.ts";
import { redactedAnswer, redactedRequest } from "./redact.ts";

export interface TracedCall {
  readonly caller: Caller;
  readonly session: Session | undefined;
  readonly entry: ContractEntry;
  readonly params: unknown;
  readonly time: number;
}

type TraceRest = Pick<TraceDraft, "outcome" | "code" | "status" | "answer">;

/** What a call is about that was refused before its object was known, or is about many: the same word as for one. */
const ABOUT: Readonly<Record<Feature, ResourceType>> = {
  vault: "vault",
  keypairs: "keypair",
  servers: "server",
  tokens: "token",
  tasks: "task",
  audit: "trace",
};

function draft(call: TracedCall, resource: Resource | undefined, rest: TraceRest): TraceDraft {
  return {
    id: randomId(),
    time: call.time,
    name: call.entry.definition.trace,
    operation: call.entry.name,
    effect: call.entry.definition.effect,
    operatorId: call.session?.userId ?? "",
    operatorName: call.session?.userName ?? "",
    source: call.caller.door,
    resourceType: resource?.type ?? ABOUT[call.entry.feature],
    resourceId: resource?.id ?? idIn(call.params),
    resourceName: resource?.name ?? "",
    request: redactedRequest(call.entry.definition, call.params),
    ...rest,
  };
}

/** A call that names its object by `id` is traced to that object even when it is refused. */
function idIn(params: unknown): string {
  if (typeof params !== "object" || params === null || !("id" in params)) return "";
  return typeof params.id === "string" ? params.id.slice(0, 64) : "";
}

export function allowedTrace(
  call: TracedCall,
  resource: Resource | undefined,
  status: TraceStatus,
  result: unknown,
): TraceDraft {
  const { secretResult } = call.entry.definition;
  return draft(call, resource, { outcome: "allowed", code: "", status, answer: redactedAnswer(result, secretResult) });
}

/** A refusal is `denied`, everything else `failed`; both deserve a look, damage and bugs at once. */
export function failedTrace(call: TracedCall, error: ErrorPayload): TraceDraft {
  const refused = error.kind === "denied" || error.kind === "locked";
  const status = error.kind === "damaged" || error.kind === "bug" ? "incident" : "warning";
  const answer = redactedAnswer({ code: error.code, message: error.message });
  return draft(call, undefined, { outcome: refused ? "denied" : "failed", code: error.code, status, answer });
}

/** Somebody asked for what is not in the contract: there is no entry to tell more from. */
export function unknownTrace(
  call: Pick<TracedCall, "caller" | "session" | "time">,
  operation: string,
  error: ErrorPayload,
): TraceDraft {
  return {
    id: randomId(),
    time: call.time,
    name: "unknownOperation",
    operation,
    effect: "read",
    operatorId: call.session?.userId ?? "",
    operatorName: call.session?.userName ?? "",
    source: call.caller.door,
    resourceType: "",
    resourceId: "",
    resourceName: "",
    status: "warning",
    outcome: "failed",
    code: error.code,
    request: "",
    answer: redactedAnswer({ code: error.code, message: error.message }),
  };
}
