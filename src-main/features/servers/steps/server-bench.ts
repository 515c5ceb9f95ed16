import type { SshSigner } from "#main/crypto/signer.ts";
import type { RunContext } from "#main/features/jobs/index.ts";
import type { KeypairSigners } from "#main/features/keypairs/index.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import type { Server } from "#shared/models/server.ts";
import { probeServer, type ServerFacts } from "../remote/probe.ts";
import { type RemoteProgram, type RunAs, runProgram } from "../remote/remote-program.ts";
import { findServer } from "../server-repository.ts";
import { CONTACT_MS } from "../servers-parts.ts";
import type { Ssh, SshLogin, SshSession } from "../ssh-port.ts";
import { type BenchKey, loadKey } from "./bench-key.ts";
import { askMatched, type MatchedAccounts } from "./matched-accounts.ts";
import { readSwitchMemory, type SwitchMemory } from "./switch-memory.ts";

export interface ServerTimes {
  /** Connect, key exchange and login together, milliseconds. */
  readonly contactMs: number;
  /** One remote program's run, milliseconds; each fsyncs at most one file or asks sshd a few times. */
  readonly programMs: number;
  /** Until the server undoes the switch by itself if we do not come back with a fresh login (B40). */
  readonly revertSeconds: number;
}
export const SERVER_TIMES: ServerTimes = { contactMs: CONTACT_MS, programMs: 30_000, revertSeconds: 120 };

/** How long sshd may take to listen again after a reload. */
const RELOAD_MS = 5_000;

/** What a bench is made of; read once a run. */
export interface BenchParts {
  readonly context: RunContext;
  readonly ssh: Ssh;
  readonly times: ServerTimes;
  readonly server: Server;
  readonly key: BenchKey | KeysteadError;
}

/** Opens without the key pair too: a rollback by password must work when it was deleted or cleared. Error: servers/not-found. */
export async function benchParts(
  context: RunContext,
  ssh: Ssh,
  times: Partial<ServerTimes>,
  signers: KeypairSigners,
): Promise<BenchParts> {
  const server = await findServer(context.vault.read, context.serverId ?? "");
  return { context, ssh, times: { ...SERVER_TIMES, ...times }, server, key: await loadKey(context, signers) };
}

/** What the steps of one run on a server share: the connections, the key, and what the survey found. */
export abstract class ServerBench {
  readonly context: RunContext;
  readonly ssh: Ssh;
  readonly server: Server;
  readonly times: ServerTimes;
  protected readonly key: BenchKey | KeysteadError;
  #control: SshSession | undefined;
  #byKey: SshSession | undefined;
  #facts: ServerFacts | undefined;
  #matched: MatchedAccounts | undefined;

  constructor(parts: BenchParts) {
    this.context = parts.context;
    this.ssh = parts.ssh;
    this.times = parts.times;
    this.server = parts.server;
    this.key = parts.key;
  }

  /** The task cannot do its work without root: a survey without it would be of no use. */
  abstract get needsRoot(): boolean;

  /** Logs in for the connection that stays open from the first step to the last. */
  protected abstract openControl(): Promise<SshSession>;

  /** Errors: keypairs/not-found, keypairs/no-private-key. */
  protected get needKey(): BenchKey {
    if (this.key instanceof KeysteadError) throw this.key;
    return this.key;
  }

  get signer(): SshSigner {
    return this.needKey.signer;
  }

  get switchMemory(): SwitchMemory {
    return readSwitchMemory(this.context.memory);
  }

  /** The account that logs in. */
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

  /** The connection that stays open from the first step to the last (B40). */
  async control(): Promise<SshSession> {
    if (this.#control !== undefined && !this.#control.ended) return this.#control;
    this.#control = await this.openControl();
    return this.#control;
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
    this.#matched = undefined;
    return this.facts();
  }

  /** Surveyed once a run; a resumed run looks again, since the server may have changed meanwhile. */
  async facts(): Promise<ServerFacts> {
    this.#facts ??= await this.#survey();
    return this.#facts;
  }

  /** Asked once a survey: whom Match blocks single out (B32). */
  async matched(): Promise<MatchedAccounts> {
    this.#matched ??= await askMatched(await this.facts(), this.asRoot, (program) => this.run(program));
    return this.#matched;
  }

  async #survey(): Promise<ServerFacts> {
    try {
      return await this.run(probeServer({ user: this.user, runAs: this.asRoot }));
    } catch (error) {
      // Without root the default path and the login test decide (B14); passwords cannot be switched off then.
      const rootless = error instanceof KeysteadError && error.code === "servers/sudo-refused" && !this.needsRoot;
      if (!rootless) throw error;
      return this.run(probeServer({ user: this.user, runAs: this.asUser }));
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#control?.close(), this.#byKey?.close()]);
    if (!(this.key instanceof KeysteadError)) this.key.dispose();
  }
}
