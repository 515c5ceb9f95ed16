import type { ClientChannel } from "ssh2";
import type {
  HostKey,
  RunOptions,
  RunResult,
  SftpFiles,
  SftpOptions,
  SshSession,
} from "#main/features/servers/ssh-port.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { AwaitedLines } from "./awaited-lines.ts";
import { CappedOutput } from "./capped-output.ts";
import type { Connection } from "./connection.ts";
import { isPasswordChange, passwordExpired } from "./login-plan.ts";
import { Sftp } from "./sftp-files.ts";
import { terminate } from "./ssh2-internals.ts";
import { cancelled, connectionLost } from "./translate.ts";

const DEFAULT_OUTPUT_BYTES = 1024 * 1024;

/** A logged-in connection. A command that fails, hangs or floods ends alone; the session stays usable for the undo. */
export class Session implements SshSession {
  readonly hostKey: HostKey;
  readonly serverVersion: string;
  readonly method: string;
  readonly offeredMethods: readonly string[] | undefined;
  readonly #connection: Connection;
  readonly #who: string;

  constructor(connection: Connection, hostKey: HostKey, user: string) {
    this.#connection = connection;
    this.#who = `${user} at ${connection.address}`;
    this.hostKey = hostKey;
    this.serverVersion = connection.greeting.identification ?? "";
    this.method = connection.method;
    this.offeredMethods = connection.offered;
  }

  get provenHostKeys(): readonly HostKey[] {
    return [...this.#connection.hostKeys];
  }

  get ended(): boolean {
    return this.#connection.ended;
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  openSftp(options: SftpOptions): Promise<SftpFiles> {
    return Sftp.open(this.#connection, this.#who, options);
  }

  async run(command: string, options: RunOptions): Promise<RunResult> {
    if (options.signal?.aborted === true) throw cancelled();
    if (this.ended) throw connectionLost(this.#connection);
    const result = await this.#execute(command, options);
    // B24: sshd lets the account in and then answers every command with this.
    if (result.status !== 0 && result.stdout.length === 0 && isPasswordChange(result.stderr.toString("latin1"))) {
      throw passwordExpired(this.#who);
    }
    return result;
  }

  #execute(command: string, options: RunOptions): Promise<RunResult> {
    const { stdin, answers, deadlineMs, signal, maxOutputBytes = DEFAULT_OUTPUT_BYTES } = options;
    return new Promise((resolve, reject) => {
      const stdout = new CappedOutput(maxOutputBytes);
      const stderr = new CappedOutput(maxOutputBytes);
      let channel: ClientChannel | undefined;
      let over = false;

      const finish = (settle: () => void) => {
        if (over) return;
        over = true;
        clearTimeout(late);
        forget();
        signal?.removeEventListener("abort", cancel);
        settle();
      };
      const fail = (error: KeysteadError) => {
        finish(() => reject(error));
        // A command given up must not finish its work later, behind the back of whoever undoes it. sshd does not end those of
        // root, and a lost connection ends none: what must not happen then has to wait for an answer (`answers`).
        if (channel !== undefined && !this.ended) terminate(this.#connection.client, channel);
      };
      const cancel = () => fail(cancelled());
      const late = setTimeout(() => fail(commandTimedOut(this.#who, deadlineMs)), deadlineMs);
      const forget = this.#connection.whenEnded(() => fail(connectionLost(this.#connection)));
      signal?.addEventListener("abort", cancel, { once: true });

      const begin = (error: Error | undefined, opened: ClientChannel) => {
        if (error !== undefined) return fail(noShell(this.#who, error));
        channel = opened;
        const keep = (output: CappedOutput) => (chunk: Buffer) => {
          // What still arrives for a command given up on is read and dropped, so that the session does not stall.
          if (!over && !output.push(chunk)) fail(tooMuchOutput(this.#who, maxOutputBytes));
        };
        channel.on("data", keep(stdout));
        if (answers !== undefined) {
          const awaited = new AwaitedLines(answers);
          channel.on("data", (chunk: Buffer) => {
            const answer = over ? undefined : awaited.push(chunk);
            if (answer !== undefined) opened.end(answer);
          });
        }
        channel.stderr.on("data", keep(stderr));
        if (over) return terminate(this.#connection.client, opened);
        let status: number | undefined;
        channel.on("exit", (code: number | null) => {
          status = code ?? undefined;
        });
        channel.on("close", () => finish(() => resolve({ status, stdout: stdout.take(), stderr: stderr.take() })));
        if (answers === undefined) channel.end(stdin === undefined ? undefined : Buffer.from(stdin));
        else if (stdin !== undefined) channel.write(Buffer.from(stdin));
      };
      try {
        this.#connection.client.exec(command, begin);
      } catch (error) {
        // ssh2 throws when the socket is already half closed.
        fail(connectionLost(this.#connection, { cause: error }));
      }
    });
  }
}

function commandTimedOut(who: string, deadlineMs: number): KeysteadError {
  return new KeysteadError(
    "servers/timed-out",
    `A command run as ${who} did not end within ${Math.ceil(deadlineMs / 1000)} seconds. The server may be overloaded or hang.`,
    { phase: "command" },
  );
}

function tooMuchOutput(who: string, limit: number): KeysteadError {
  return new KeysteadError(
    "servers/unexpected-answer",
    `A command run as ${who} printed more than ${limit} bytes. A start-up file of that account may be printing; the command was ended.`,
    { limit },
  );
}

function noShell(who: string, cause: Error): KeysteadError {
  const sentence = `The login of ${who} is accepted, but the server runs no commands for it. Check the account's shell and the server's restrictions.`;
  return new KeysteadError("servers/no-shell", sentence, {}, { cause });
}
