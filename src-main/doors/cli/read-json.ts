import { open } from "node:fs/promises";
import type { Readable } from "node:stream";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { LIMITS } from "#shared/limits.ts";
import type { JsonObject } from "./params.ts";

/** Parses one JSON object. Error: `request/malformed`. */
export function parseJsonObject(bytes: Uint8Array | string, what: string): JsonObject {
  const parsed = parseJson(bytes, what);
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed))
    throw new KeysteadError("request/malformed", `${what} must be a JSON object.`);
  return parsed as JsonObject;
}

/** Parses one JSON list. Error: `request/malformed`. */
export function parseJsonList(text: string, what: string): readonly unknown[] {
  const parsed = parseJson(text, what);
  if (!Array.isArray(parsed)) throw new KeysteadError("request/malformed", `${what} must be a JSON list.`);
  return parsed;
}

/** The parser's own message is dropped: it quotes the text, which may hold a password. */
function parseJson(bytes: Uint8Array | string, what: string): unknown {
  try {
    const text = typeof bytes === "string" ? bytes : new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
    throw new KeysteadError("request/malformed", `${what} is not valid JSON.`);
  }
}

/** Reads one JSON object to the end of the stream, at most `LIMITS.requestBytes`. */
export async function readJsonStream(stream: Readable, what: string): Promise<JsonObject> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > LIMITS.requestBytes) throw tooLarge(what);
      chunks.push(chunk);
    }
    const whole = Buffer.concat(chunks);
    try {
      return parseJsonObject(whole, what);
    } finally {
      whole.fill(0);
    }
  } finally {
    for (const chunk of chunks) chunk.fill(0);
  }
}

export async function readJsonFile(path: string): Promise<JsonObject> {
  const file = await open(path, "r").catch((cause: unknown) => {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown";
    throw new KeysteadError("request/malformed", `The file ${path} cannot be opened (${code}).`, { path }, { cause });
  });
  try {
    return await readJsonStream(file.createReadStream({ autoClose: false }), `The file ${path}`);
  } finally {
    await file.close();
  }
}

export function tooLarge(what: string): KeysteadError {
  return new KeysteadError("request/too-large", `${what} has more than the ${LIMITS.requestBytes} bytes allowed.`, {
    limit: LIMITS.requestBytes,
  });
}
