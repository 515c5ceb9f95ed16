import type { Readable, Writable } from "node:stream";
import type { ErrorPayload } from "#shared/errors/keystead-error.ts";
import type { Ask } from "./terminal.ts";

/** What the command line needs of its process; a test may put its own in place. */
export interface CliPort {
  readonly stdin: Readable;
  readonly stdout: Writable & { readonly isTTY?: boolean };
  readonly stderr: Writable & { readonly isTTY?: boolean };
  readonly ask: Ask;
}

/** The result, alone on standard output: pretty for people, one line for programs. */
export function printResult(port: CliPort, result: unknown): Promise<void> {
  return writeFully(port.stdout, jsonFor(port.stdout, result));
}

/** The error, on standard error, always JSON. */
export function printError(port: CliPort, error: ErrorPayload): Promise<void> {
  return writeFully(port.stderr, jsonFor(port.stderr, error));
}

/** Something the officer should know that is no failure: `{"warning": …}` on standard error. */
export function printWarning(port: CliPort, message: string, code?: string): Promise<void> {
  return writeFully(
    port.stderr,
    jsonFor(port.stderr, { warning: { ...(code === undefined ? {} : { code }), message } }),
  );
}

function jsonFor(stream: { readonly isTTY?: boolean }, value: unknown): string {
  return `${JSON.stringify(value, undefined, stream.isTTY === true ? 2 : undefined)}\n`;
}

/** Resolves once the text has been taken: a slow reader slows us down instead of filling memory. Rejects when it is gone. */
export function writeFully(stream: Writable, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => (error ? reject(error) : resolve()));
  });
}
