import { closeSync, openSync, writeSync } from "node:fs";
import { ReadStream } from "node:tty";
import { KeysteadError } from "#shared/errors/keystead-error.ts";

/** Asks for one secret line. Rejects with `request/secret-needed` where nobody can be asked. */
export type Ask = (question: string) => Promise<string>;

const CTRL_C = 3;
const CTRL_D = 4;
const BACKSPACES: readonly number[] = [8, 127];
const ENTERS: readonly number[] = [10, 13];
const CTRL_U = 21;

/**
 * Asks on the terminal itself, not on standard input, which may carry data; nothing typed is shown. Raw mode, because Node
 * has no switch for echo alone: so the few keys of line editing are done here.
 */
export async function askOnTerminal(question: string): Promise<string> {
  const input = openTerminal();
  const output = openSync("/dev/tty", "w");
  try {
    // Before the question: what is typed as soon as it appears must not be shown any more.
    input.setRawMode(true);
    writeSync(output, question);
    const line = await readHidden(input);
    writeSync(output, "\n");
    if (line === undefined) throw new KeysteadError("request/interrupted", "Nothing was typed; nothing was done.");
    return line;
  } finally {
    input.setRawMode(false);
    input.destroy();
    closeSync(output);
  }
}

function openTerminal(): ReadStream {
  try {
    return new ReadStream(openSync("/dev/tty", "r"));
  } catch (cause) {
    throw new KeysteadError(
      "request/secret-needed",
      "A password is needed and there is no terminal to ask on. Give it by a -file or -fd flag; see --help.",
      {},
      { cause },
    );
  }
}

function readHidden(input: ReadStream): Promise<string | undefined> {
  return new Promise((resolve) => {
    const typed: number[] = [];
    const end = (line: string | undefined) => {
      typed.fill(0);
      input.pause();
      resolve(line);
    };
    input.on("data", (chunk: Buffer) => {
      for (const byte of chunk) {
        if (ENTERS.includes(byte)) return end(Buffer.from(typed).toString("utf8"));
        if (byte === CTRL_C || (byte === CTRL_D && typed.length === 0)) return end(undefined);
        if (BACKSPACES.includes(byte)) dropCharacter(typed);
        else if (byte === CTRL_U) typed.length = 0;
        else if (byte >= 32) typed.push(byte);
      }
    });
    input.once("end", () => end(undefined));
  });
}

/** Removes the last character, which is several bytes beyond ASCII: 10xxxxxx are UTF-8's continuation bytes. */
function dropCharacter(typed: number[]): void {
  let byte = typed.pop();
  while (byte !== undefined && (byte & 0xc0) === 0x80) byte = typed.pop();
}
