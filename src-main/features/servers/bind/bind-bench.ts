import { bitsOf } from "#main/crypto/public-key.ts";
import type { RunContext } from "#main/features/jobs/index.ts";
import type { KeypairSigners } from "#main/features/keypairs/index.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import type { Server } from "#shared/models/server.ts";
import type { NewKeyLine } from "../authorized-keys-edit.ts";
import { probeServer, type ServerFacts } from "../remote/probe.ts";
import { type RemoteProgram, type RunAs, runProgram } from "../remote/remote-program.ts";
import { findServer } from "../server-repository.ts";
import { CONTACT_MS } from "../servers-parts.ts";
import type { Ssh, SshLogin, SshSession, SshSigner } from "../ssh-port.ts";
import { type BenchKey, loadKey } from "./bench-key.ts";
import { type BindMemory, type BindParams, bindParams, readMemory } from "./bind-memory.ts";

export interface BindTimes {
  /** Connect, key exchange and login together, milliseconds. */
  readonly contactMs: number;
  /** One remote program's run, milliseconds; each fsyncs at most one file or asks sshd a few times. */
  readonly programMs: number;
  /** Until the server undoes the switch by itself if we do not come back with a fresh login (B40). */
  readonly revertSeconds: number;
}
export const BIND_TIMES: BindTimes = { contactMs: CONTACT_MS, programMs: 30_000, revertSeconds: 120 };

/** How long sshd may take to listen again after a reload. */
const RELOAD_MS = 5_000;

/** What the steps of one run share: the connections, the key, and what the survey found. */
export class BindBench {
  readonly context: RunContext;
  readonly ssh: Ssh;
  readonly server: Server;
  readonly params: BindParams;
  readonly times: BindTimes;
  /** The keys file that had the key already, when it is not the one a new line would go to. */
  keyFoundIn: string | undefined;
  readonly #key: BenchKey | KeysteadError;
  #control: SshSession | undefined;
  #byKey: SshSession | undefined;
  #facts: ServerFacts | undefined;

  private constructor(context: RunContext, ssh: Ssh, times: BindTimes, server: Server, key: BenchKey | KeysteadError) {
    this.context = context;
    this.ssh = ssh;
    this.times = times;
    this.server = server;
    this.#key = key;
    this.params = bindParams.parse(context.params);
  }

  /** Opens without the key pair too: a rollback by password must work when it was deleted or cleared. Error: servers/not-found. */
  static async open(context: RunContext, ssh: Ssh, times: BindTimes, signers: KeypairSigners): Promise<BindBench> {
    const server = await findServer(context.vault.read, context.serverId ?? "");
    return new BindBench(context, ssh, times, server, await loadKey(context, signers));
  }

  /** Errors: keypairs/not-found, keypairs/no-private-key. */
  get #needKey(): BenchKey {
    if (this.#key instanceof KeysteadError) throw this.#key;
    return this.#key;
  }

  get signer(): SshSigner {
    return this.#needKey.signer;
  }

  get keyLine(): NewKeyLine {
    const { signer, comment } = this.#needKey;
    return { type: signer.keyType, blob: signer.publicBlob, comment };
  }

  get keyBits(): number {
    return bitsOf(this.signer.publicBlob);
  }

  get memory(): BindMemory {
    return readMemory(this.context.memory);
  }

  /** The account that logs in; the key goes into its file. */
  get user(): string {
    return this.server.user;
  }

  /** What needs root: as root itself, or by sudo with the sudo password, else the login password. */
  get asRoot(): RunAs {
    // The scripts check for themselves that they run as root; becoming what one is costs the server four processes a run.
    if (this.user === "root") return this.asUser;
    const { secrets } = this.context;
    return { kind: "root", password: secrets.get("sudoPassword") ?? secrets.get("password") };
  }

  get asUser(): RunAs {
    return { kind: "login" };
  }

  /** The connection that stays open from the first step to the last (B40): by password, or by the key once that is proved. */
  async control(): Promise<SshSession> {
    if (this.#control !== undefined && !this.#control.ended) return this.#control;
    this.#control = await this.#reconnect();
    return this.#control;
  }

  async #reconnect(): Promise<SshSession> {
    const password = this.context.secrets.get("password");
    const { keyProved, keysEdit } = this.memory;
    // After the key is proved passwords may be off; a refused password would only cost penalty points (B52).
    const byKey = keyProved === true || (password === undefined && keysEdit !== undefined);
    const session = byKey ? await this.#keyIfTaken() : undefined;
    if (session !== undefined) return session;
    if (password === undefined) {
      throw new KeysteadError(
        "tasks/password-needed",
        `Give the password of ${this.user}@${this.server.host} again to go on.`,
      );
    }
    return this.connect({ kind: "password", password });
  }

  /** `undefined` when the server does not take the key, as after an undo that was cut off behind its last change. */
  async #keyIfTaken(): Promise<SshSession | undefined> {
    if (this.#key instanceof KeysteadError) return undefined;
    try {
      return await this.connect({ kind: "key", signer: this.signer });
    } catch (error) {
      if (error instanceof KeysteadError && error.code === "servers/login-refused") return undefined;
      throw error;
    }
  }

  connect(login: SshLogin, askMethods = false): Promise<SshSession> {
    const { host, port, user, profile, hostKeys } = this.server;
    return this.ssh.connect({
      target: { host, port, user },
      login,
      trusted: hostKeys,
      profile,
      askMethods,
      deadlineMs: this.times.contactMs,
      signal: this.context.signal,
    });
  }

  /** The last fresh key login while it lives, else a new one. */
  async keyLogin(): Promise<SshSession> {
    return this.#byKey !== undefined && !this.#byKey.ended ? this.#byKey : this.freshKeyLogin();
  }

  /** A new connection that authenticates with the key and nothing else; kept for the programs that must run over it. */
  async freshKeyLogin(askMethods = false): Promise<SshSession> {
    const [fresh] = await Promise.all([
      this.connect({ kind: "key", signer: this.signer }, askMethods),
      this.#byKey?.close(),
    ]);
    this.#byKey = fresh;
    return fresh;
  }

  /**
   * sshd that has just been told to reload closes its port for an instant while it starts anew: `work` is tried again until
   * the port answers. Only connecting is forgiven, never a login refused.
   */
  async afterReload<T>(work: () => Promise<T>): Promise<T> {
    const { clock } = this.context;
    const giveUp = clock.monotonic() + RELOAD_MS;
    for (;;) {
      try {
        return await work();
      } catch (error) {
        const closed =
          error instanceof KeysteadError &&
          (error.code === "servers/unreachable" || error.code === "servers/closed-early");
        if (!closed || clock.monotonic() > giveUp) throw error;
        await clock.sleep(25);
      }
    }
  }

  async run<Answer>(program: RemoteProgram<Answer>, session?: SshSession): Promise<Answer> {
    return runProgram(session ?? (await this.control()), program, {
      deadlineMs: this.times.programMs,
      signal: this.context.signal,
    });
  }

  /** After the server was changed behind the survey's back. */
  async lookAgain(): Promise<ServerFacts> {
    this.#facts = undefined;
    return this.facts();
  }

  /** Surveyed once a run; a resumed run looks again, since the server may have changed meanwhile. */
  async facts(): Promise<ServerFacts> {
    this.#facts ??= await this.#survey();
    return this.#facts;
  }

  async #survey(): Promise<ServerFacts> {
    try {
      return await this.run(probeServer({ user: this.user, runAs: this.asRoot }));
    } catch (error) {
      // Without root the default path and the login test decide (B14); passwords cannot be switched off then.
      const rootless =
        error instanceof KeysteadError && error.code === "servers/sudo-refused" && !this.params.disablePasswordLogin;
      if (!rootless) throw error;
      return this.run(probeServer({ user: this.user, runAs: this.asUser }));
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#control?.close(), this.#byKey?.close()]);
    if (!(this.#key instanceof KeysteadError)) this.#key.dispose();
  }
}
