import { createSsh } from "#main/adapters/ssh/create-ssh.ts";
import type { Ssh, SshSession } from "#main/features/servers/ssh-port.ts";

/**
 * `look 1`: the first time its host key is read; `connect 3`: the third connection to this host; `run 5`: the fifth command, over
 * whatever connection; `write 1`, `rename 1`: by SFTP.
 */
export type Moment = `${"look" | "connect" | "run" | "write" | "rename"} ${number}`;

/**
 * Keystead's own SSH, held up at one moment of the conversation with one host while a test does something there. So a test of
 * "in the middle" is in the middle however fast the machine is.
 */
export class SteppingSsh {
  readonly ssh: Ssh;
  readonly #counts = new Map<string, number>();
  readonly #plans = new Map<string, () => Promise<unknown>>();

  constructor(real: Ssh = createSsh()) {
    this.ssh = {
      ...real,
      readHostKey: async (request) => {
        await this.#pass(request.host, "look");
        return real.readHostKey(request);
      },
      connect: async (request) => {
        const { host } = request.target;
        await this.#pass(host, "connect");
        return this.#stepping(host, await real.connect(request));
      },
    };
  }

  /** Once, before it happens. */
  before(host: string, moment: Moment, work: () => Promise<unknown>): void {
    this.#plans.set(`${host} ${moment}`, work);
  }

  async #pass(host: string, kind: "look" | "connect" | "run" | "write" | "rename"): Promise<void> {
    const count = (this.#counts.get(`${host} ${kind}`) ?? 0) + 1;
    this.#counts.set(`${host} ${kind}`, count);
    await this.#plans.get(`${host} ${kind} ${count}`)?.();
  }

  #stepping(host: string, session: SshSession): SshSession {
    return new Proxy(session, {
      get: (target, name) => {
        if (name === "run")
          return async (...args: Parameters<SshSession["run"]>) => {
            await this.#pass(host, "run");
            return target.run(...args);
          };
        if (name === "openSftp")
          return async (...args: Parameters<SshSession["openSftp"]>) => {
            const sftp = await target.openSftp(...args);
            const replace = sftp.replace.bind(sftp);
            const writeNew = sftp.writeNew.bind(sftp);
            sftp.writeNew = async (path, bytes, mode) => {
              await this.#pass(host, "write");
              return writeNew(path, bytes, mode);
            };
            sftp.replace = async (from, to) => {
              await this.#pass(host, "rename");
              return replace(from, to);
            };
            return sftp;
          };
        const value = Reflect.get(target, name, target);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  }
}

/** Where a bind of root stands in its conversation when a step begins. */
export const MOMENTS = {
  "log-in": "connect 1",
  survey: "run 1",
  "add-key": "run 2",
  "prove-key-login": "connect 2",
  "switch-passwords-off": "run 5",
  "prove-passwords-off": "connect 3",
  "keep-passwords-off": "run 6",
} as const satisfies Readonly<Record<string, Moment>>;
