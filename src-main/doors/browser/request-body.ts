import type { IncomingMessage } from "node:http";
import { LIMITS } from "#shared/limits.ts";
import { Refusal } from "./refusal.ts";

/** Up to this size what is too much is read and thrown away, so that the sender gets to see the answer. */
const DISCARD_BYTES = 8 * LIMITS.requestBytes;

/** Reads a JSON object from the request, at most `LIMITS.requestBytes`. Throws a `Refusal`. */
export async function readJsonObject(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  const type = request.headers["content-type"]?.toLowerCase().replaceAll(" ", "");
  if (type !== "application/json" && type !== "application/json;charset=utf-8") {
    throw new Refusal(415, "request/malformed", "The request must be JSON.");
  }
  if (Number(request.headers["content-length"] ?? 0) > DISCARD_BYTES) throw tooLarge();

  let chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= LIMITS.requestBytes) chunks.push(chunk);
    else chunks = [];
    if (length > DISCARD_BYTES) break;
  }
  if (length > LIMITS.requestBytes) throw tooLarge();
  const whole = Buffer.concat(chunks);
  try {
    return parseObject(whole);
  } finally {
    // Passwords pass through here: what can be wiped, is. The parsed strings cannot be.
    for (const buffer of [...chunks, whole]) buffer.fill(0);
  }
}

function parseObject(bytes: Buffer): Readonly<Record<string, unknown>> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
    // The parser's own message quotes the text, which may hold a password.
    throw new Refusal(400, "request/malformed", "The request is not valid JSON.");
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw new Refusal(400, "request/malformed", "The request must be a JSON object.");
  }
  return parsed as Readonly<Record<string, unknown>>;
}

function tooLarge(): Refusal {
  return new Refusal(413, "request/too-large", `A request may have at most ${LIMITS.requestBytes} bytes.`, {
    Connection: "close",
  });
}
