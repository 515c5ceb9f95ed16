import type { Readable, Writable } from "node:stream";
import { type ErrorPayload, KeysteadError } from "#shared/errors/keystead-error.ts";
import { jsonText } from "./plain-output.ts";
import type { Ask } from "./terminal.ts";

/** What the command line needs of its process; a test may put its own in place. */
export interface CliPort {
  readonly stdin: Readable;
  readonly stdout: Writable & { readonly isTTY?: boolean };
  readonly stderr: Writable & { readonly isTTY?: boolean };
  readonly ask: Ask;
}

/** A failed write is told to whoever wrote. Node says it a second time by this event, and dies of it when nobody listens. */
export function surviveLostReaders({ stdout, stderr }: CliPort): void {
  for (const stream of [stdout, stderr]) stream.on("error", () => undefined);
}

/** The result, alone on standard output: pretty for people, one line for programs. Error: `request/answer-lost`. */
export async function printResult(port: CliPort, result: unknown): Promise<void> {
  try {
    await writeFully(port.stdout, jsonFor(port.stdout, result));
  } catch (cause) {
    throw answerLost("The operation was done. See what stands in the vault before you repeat it.", cause);
  }
}

/** Help and version, as they are. Error: `request/answer-lost`. */
export async function printText(port: CliPort, text: string): Promise<void> {
  try {
    await writeFully(port.stdout, text);
  } catch (cause) {
    throw answerLost("Nothing was changed.", cause);
  }
}

/** The error, on standard error, always JSON. */
export function printError(port: CliPort, error: ErrorPayload): Promise<void> {
  return tell(port, jsonFor(port.stderr, error));
}

/** Something the officer should know that is no failure: `{"warning": …}` on standard error. */
export function printWarning(port: CliPort, message: string, code?: string): Promise<void> {
  return tell(port, jsonFor(port.stderr, { warning: { ...(code === undefined ? {} : { code }), message } }));
}

/** On standard error. Never rejects: where nobody can be told any more, the exit status is all there is left to say it by. */
export async function tell(port: CliPort, text: string): Promise<void> {
  await writeFully(port.stderr, text).catch(() => undefined);
}

function jsonFor(stream: { readonly isTTY?: boolean }, value: unknown): string {
  return `${jsonText(value, stream.isTTY === true ? 2 : undefined)}\n`;
}

/** Resolves once the text has been taken: a slow reader slows us down instead of filling memory. Rejects when it is gone. */
export function writeFully(stream: Writable, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => (error ? reject(error) : resolve()));
  });
}

/** Not `request/interrupted`, whose remedy is to try again: what was asked for has been done. */
function answerLost(done: string, cause: unknown): KeysteadError {
  return new KeysteadError(
    "request/answer-lost",
    `The answer could not be written: standard output is closed or full. ${done}`,
    {},
    { cause },
  );
}
