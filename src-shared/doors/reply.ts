import { isErrorCode } from "../errors/codes.ts";
import { type ErrorPayload, KeysteadError } from "../errors/keystead-error.ts";

/** The outcome of one operation as every door carries it. */
export type Reply =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly error: ErrorPayload };

/** Turns a reply back into its result or throws the error it carries. */
export function unwrapReply(reply: unknown): unknown {
  if (!isReply(reply))
    throw new KeysteadError("internal/bug", "Keystead's answer could not be understood. Report this.");
  if (reply.ok) return reply.result;
  throw KeysteadError.fromPayload(reply.error);
}

function isReply(thing: unknown): thing is Reply {
  if (typeof thing !== "object" || thing === null || !("ok" in thing)) return false;
  if (thing.ok === true) return "result" in thing;
  return thing.ok === false && "error" in thing && isErrorPayload(thing.error);
}

function isErrorPayload(thing: unknown): thing is ErrorPayload {
  if (typeof thing !== "object" || thing === null) return false;
  const { code, message, details } = thing as Record<string, unknown>;
  return typeof code === "string" && isErrorCode(code) && typeof message === "string" && typeof details === "object";
}
