import { z } from "zod";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { LIMITS } from "#shared/limits.ts";
import { parseJsonObject, tooLarge } from "./read-json.ts";
import type { RequestLine } from "./request-lines.ts";

export type RequestId = string | number | null;

export interface BatchRequest {
  readonly id: RequestId;
  readonly operation: string;
  readonly params: unknown;
  readonly wait: boolean;
}

export type ReadRequest =
  | { readonly ok: true; readonly request: BatchRequest }
  | { readonly ok: false; readonly id: RequestId; readonly error: KeysteadError };

const requestId = z.union([z.string().max(LIMITS.nameMax), z.number(), z.null()]);
const request = z.strictObject({
  id: requestId.default(null),
  operation: z.string(),
  params: z.record(z.string(), z.unknown()).default({}),
  wait: z.boolean().default(true),
});

/** Reads one line. What is wrong with it is named with the line's number, because its id may not be readable. */
export function readRequest(line: RequestLine): ReadRequest {
  if ("tooLarge" in line) return { ok: false, id: null, error: withLine(tooLarge("The request"), line) };
  let id: RequestId = null;
  try {
    const parsed = parseJsonObject(line.bytes, "The request");
    id = requestId.catch(null).parse(parsed.id);
    const checked = request.safeParse(parsed);
    if (checked.success) return { ok: true, request: checked.data };
    throw malformed(checked.error.issues[0]);
  } catch (error) {
    if (!(error instanceof KeysteadError)) throw error;
    return { ok: false, id, error: withLine(error, line) };
  } finally {
    line.bytes.fill(0);
  }
}

function malformed(issue: z.core.$ZodIssue | undefined): KeysteadError {
  if (issue?.code === "unrecognized_keys") {
    const names = issue.keys.map((key) => `“${key.slice(0, 40)}”`).join(", ");
    return new KeysteadError(
      "request/malformed",
      `A request has id, operation, params and wait, not ${names}. Parameters belong inside params.`,
    );
  }
  const field = issue?.path.map(String).join(".") ?? "";
  return new KeysteadError("request/malformed", `“${field}” of the request is missing or of the wrong type.`, {
    field,
  });
}

function withLine(error: KeysteadError, line: RequestLine): KeysteadError {
  return new KeysteadError(error.code, error.message, { ...error.details, line: line.number });
}
