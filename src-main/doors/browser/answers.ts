import type { ServerResponse } from "node:http";
import type { ErrorCode } from "#shared/errors/codes.ts";
import { type ErrorPayload, KeysteadError } from "#shared/errors/keystead-error.ts";
import { DATA_POLICY, EVERY_RESPONSE } from "../console-headers.ts";
import type { Refusal } from "./refusal.ts";

type Headers = Readonly<Record<string, string>>;

export function sendBytes(response: ServerResponse, type: string, bytes: Buffer, headers: Headers = {}): void {
  response.writeHead(200, {
    ...EVERY_RESPONSE,
    "Content-Security-Policy": DATA_POLICY,
    "Content-Type": type,
    "Content-Length": bytes.length,
    ...headers,
  });
  response.end(bytes);
}

export function sendJson(response: ServerResponse, status: number, body: unknown, headers: Headers = {}): void {
  const bytes = Buffer.from(JSON.stringify(body), "utf8");
  response.writeHead(status, {
    ...EVERY_RESPONSE,
    "Content-Security-Policy": DATA_POLICY,
    "Content-Type": "application/json; charset=utf-8",
    "Content-Length": bytes.length,
    ...headers,
  });
  response.end(bytes);
}

export function sendRefusal(response: ServerResponse, refusal: Refusal): void {
  sendJson(response, refusal.status, errorBody(refusal.error.toJSON()), refusal.headers);
}

/** Begins the event stream: one JSON object a line. */
export function beginStream(response: ServerResponse): void {
  response.writeHead(200, {
    ...EVERY_RESPONSE,
    "Content-Security-Policy": DATA_POLICY,
    "Content-Type": "application/x-ndjson; charset=utf-8",
  });
  response.flushHeaders();
}

/** A whole HTTP answer for what Node's parser refused before there was a request. */
export function rawRefusal(status: string, code: ErrorCode, message: string): string {
  const body = JSON.stringify(errorBody(new KeysteadError(code, message).toJSON()));
  const headers = {
    ...EVERY_RESPONSE,
    "Content-Security-Policy": DATA_POLICY,
    "Content-Type": "application/json; charset=utf-8",
    "Content-Length": String(Buffer.byteLength(body)),
    Connection: "close",
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return `HTTP/1.1 ${status}\r\n${lines.join("\r\n")}\r\n\r\n${body}`;
}

function errorBody(error: ErrorPayload) {
  return { ok: false, error };
}
