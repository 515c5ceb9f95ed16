import type { Attributes, SFTPWrapper } from "ssh2";
import type { SftpFacts, SftpFiles, SftpOptions } from "#main/features/servers/ssh-port.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import type { Connection } from "./connection.ts";
import { cancelled, connectionLost } from "./translate.ts";

/** SFTP version 3 status codes (draft-ietf-secsh-filexfer-02 section 7). */
const NO_SUCH_FILE = 2;
const PERMISSION_DENIED = 3;

const TYPE_BITS = 0o170000;
/** st_mode of POSIX. Pairs, since octal names of an object are rewritten wrongly by the formatter. */
const TYPES: ReadonlyMap<number, SftpFacts["type"]> = new Map([
  [0o100000, "file"],
  [0o040000, "folder"],
  [0o120000, "link"],
]);

type Callback<T> = (error: Error | null | undefined, value: T) => void;

/** Files by SFTP on one channel. Every request has its own deadline; the channel goes with `close` or with the connection. */
export class Sftp implements SftpFiles {
  readonly #connection: Connection;
  readonly #sftp: SFTPWrapper;
  readonly #options: SftpOptions;

  private constructor(connection: Connection, sftp: SFTPWrapper, options: SftpOptions) {
    this.#connection = connection;
    this.#sftp = sftp;
    this.#options = options;
  }

  static async open(connection: Connection, who: string, options: SftpOptions): Promise<Sftp> {
    const open = (done: Callback<SFTPWrapper>) => connection.client.sftp(done);
    const sftp = await request(connection, options, open, (error) => {
      const sentence = `The login of ${who} is accepted, but the server opens no SFTP for it. Look at its Subsystem and ForceCommand settings.`;
      return new KeysteadError("servers/no-shell", sentence, {}, { cause: error });
    });
    return new Sftp(connection, sftp, options);
  }

  realPath(path: string): Promise<string> {
    return this.#ask("look at", path, (done: Callback<string>) => this.#sftp.realpath(path, done));
  }

  async facts(path: string): Promise<SftpFacts | undefined> {
    const found = await this.#ifThere("look at", path, (done: Callback<Attributes>) => this.#sftp.lstat(path, done));
    if (found === undefined) return undefined;
    const { mode, uid, gid, size } = found;
    return { type: TYPES.get(mode & TYPE_BITS) ?? "other", mode: mode & 0o7777, uid, gid, size };
  }

  async read(path: string, limit: number): Promise<Buffer | undefined> {
    const handle = await this.#ifThere("read", path, (done: Callback<Buffer>) => this.#sftp.open(path, "r", done));
    if (handle === undefined) return undefined;
    try {
      const chunks: Buffer[] = [];
      for (let at = 0; ; ) {
        if (at > limit) throw tooLarge(path);
        const buffer = Buffer.alloc(32_768);
        const got = await this.#ask("read", path, (done: Callback<number>) =>
          // At the end ssh2 calls back without an error and with nothing read.
          this.#sftp.read(handle, buffer, 0, buffer.length, at, (error, count) => done(error, count ?? 0)),
        );
        if (got === 0) return Buffer.concat(chunks);
        chunks.push(buffer.subarray(0, got));
        at += got;
      }
    } finally {
      await this.#close(path, handle);
    }
  }

  async writeNew(path: string, bytes: Uint8Array, mode: number): Promise<void> {
    // "wx": never through a link, never over another's file.
    const handle = await this.#ask("write", path, (done: Callback<Buffer>) =>
      this.#sftp.open(path, "wx", { mode: 0o600 }, done),
    );
    const all = Buffer.from(bytes);
    try {
      if (all.length > 0)
        await this.#ask("write", path, (done: Callback<unknown>) =>
          this.#sftp.write(handle, all, 0, all.length, 0, (error) => done(error, undefined)),
        );
      await this.#ask("write", path, (done: Callback<unknown>) =>
        this.#sftp.fchmod(handle, mode, (error) => done(error, undefined)),
      );
      await this.#ask("sync", path, (done: Callback<unknown>) =>
        this.#sftp.ext_openssh_fsync(handle, (error) => done(error, undefined)),
      );
    } finally {
      await this.#close(path, handle);
    }
  }

  replace(from: string, to: string): Promise<void> {
    return this.#do("replace", to, (done) => this.#sftp.ext_openssh_rename(from, to, done));
  }

  remove(path: string): Promise<void> {
    return this.#do("remove", path, (done) => this.#sftp.unlink(path, done));
  }

  makeFolder(path: string, mode: number): Promise<void> {
    return this.#do("make", path, (done) => this.#sftp.mkdir(path, { mode }, done));
  }

  removeFolder(path: string): Promise<void> {
    return this.#do("remove", path, (done) => this.#sftp.rmdir(path, done));
  }

  close(): void {
    if (!this.#connection.ended) this.#sftp.end();
  }

  #close(path: string, handle: Buffer): Promise<void> {
    return this.#do("close", path, (done) => this.#sftp.close(handle, done));
  }

  async #do(verb: string, path: string, work: (done: (error?: Error | null) => void) => void): Promise<void> {
    await this.#ask(verb, path, (done: Callback<undefined>) => work((error) => done(error, undefined)));
  }

  async #ifThere<T>(verb: string, path: string, work: (done: Callback<T>) => unknown): Promise<T | undefined> {
    try {
      return await this.#ask(verb, path, work);
    } catch (error) {
      if (error instanceof KeysteadError && error.details.status === NO_SUCH_FILE) return undefined;
      throw error;
    }
  }

  #ask<T>(verb: string, path: string, work: (done: Callback<T>) => unknown): Promise<T> {
    return request(this.#connection, this.#options, work, (error) => refused(verb, path, error));
  }
}

/** One request to its answer: the server's, the deadline's, the officer's, or the connection's end. */
function request<T>(
  connection: Connection,
  { deadlineMs, signal }: SftpOptions,
  work: (done: Callback<T>) => unknown,
  translate: (error: Error) => KeysteadError,
): Promise<T> {
  if (signal?.aborted === true) return Promise.reject(cancelled());
  if (connection.ended) return Promise.reject(connectionLost(connection));
  return new Promise((resolve, reject) => {
    const leave = () => {
      clearTimeout(late);
      forget();
      signal?.removeEventListener("abort", cancel);
    };
    const fail = (error: unknown) => {
      leave();
      reject(error);
    };
    const cancel = () => fail(cancelled());
    const late = setTimeout(() => fail(silent(connection.address, deadlineMs)), deadlineMs);
    const forget = connection.whenEnded(() => fail(connectionLost(connection)));
    signal?.addEventListener("abort", cancel, { once: true });
    try {
      work((error, value) => {
        if (error) return fail(translate(error));
        leave();
        resolve(value);
      });
    } catch (error) {
      // ssh2 throws for an extension that the server has not announced.
      fail(translate(error as Error));
    }
  });
}

function refused(verb: string, path: string, error: Error & { readonly code?: number }): KeysteadError {
  const status = error.code;
  const details = { path, serverText: error.message.slice(0, 500), ...(status === undefined ? {} : { status }) };
  if (status === PERMISSION_DENIED) {
    const says = `The server does not let this account ${verb} ${path}. Check its owner and mode there.`;
    return new KeysteadError("servers/not-permitted", says, details, { cause: error });
  }
  if (status === undefined) {
    const says = `This server's SFTP cannot ${verb} a file safely (it lacks OpenSSH's extensions), so ${path} was not changed.`;
    return new KeysteadError("servers/unsupported-system", says, details, { cause: error });
  }
  const says = `The server could not ${verb} ${path} by SFTP. Its disk or quota may be full, or the file system read-only.`;
  return new KeysteadError("servers/unexpected-answer", says, details, { cause: error });
}

function tooLarge(path: string): KeysteadError {
  const says = `${path} is larger than Keystead reads. Clear it out by hand.`;
  return new KeysteadError("servers/authorized-keys-too-large", says, { path });
}

function silent(address: string, deadlineMs: number): KeysteadError {
  const says = `${address} did not answer an SFTP request within ${Math.ceil(deadlineMs / 1000)} seconds.`;
  return new KeysteadError("servers/timed-out", says, { phase: "sftp" });
}
