import { connect as dial, type Socket } from "node:net";
import ssh2, { type AuthenticationType, type NextAuthHandler } from "ssh2";
import type { HostKey, SshProfile } from "#main/features/servers/ssh-port.ts";
import { offerFor, ssh2Algorithms } from "./algorithms.ts";
import type { HandshakeGate } from "./handshake-gate.ts";
import { HostTrust, hostKeyOf } from "./host-trust.ts";
import type { LoginControl, LoginPlan } from "./login-plan.ts";
import { passwordExpired } from "./login-plan.ts";
import { GreetingTap } from "./server-greeting.ts";
import { type Refusal, tapRefusals } from "./ssh2-internals.ts";
import { type Circumstances, cancelled, closed, harmless, type Phase, timedOut, translate } from "./translate.ts";

export interface OpenRequest {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly profile: SshProfile;
  /** `undefined` accepts any key: for reading it, with no login to follow. */
  readonly trusted: readonly HostKey[] | undefined;
  readonly preferTypes: readonly string[];
  readonly deadlineMs: number;
  readonly keepaliveMs: number;
  readonly signal: AbortSignal | undefined;
  /** Without a plan the connection counts as open after the key exchange. */
  readonly plan: ((control: LoginControl, succeed: () => void) => LoginPlan) | undefined;
}

/** A name with several addresses: time for each before the next. Node's 250 ms is less than a slow link needs. */
const ADDRESS_ATTEMPT_MS = 3_000;
const CLOSE_GRACE_MS = 1_000;

/** One SSH connection from dialling to its end. Any failure, in any step, settles it once and destroys the socket. */
export class Connection {
  readonly address: string;
  readonly greeting = new GreetingTap();
  readonly client = new ssh2.Client();
  readonly #request: OpenRequest;
  readonly #gate: HandshakeGate;
  readonly #host: HostTrust;
  readonly #offer;
  readonly #atEnd = new Set<() => void>();
  #socket: Socket | undefined;
  #plan: LoginPlan | undefined;
  #refusal: Refusal | undefined;
  #phase: Phase = "waiting";
  #banner: string | undefined;
  #settle: { resolve(): void; reject(error: unknown): void } | undefined;
  #ended = false;

  private constructor(request: OpenRequest, gate: HandshakeGate) {
    this.#request = request;
    this.#gate = gate;
    const { host, port } = request;
    this.address = port === 22 ? host : `${host.includes(":") ? `[${host}]` : host}:${port}`;
    this.#host = new HostTrust(this.address, request.trusted);
    this.#offer = offerFor(request.profile, request.preferTypes);
  }

  /** Resolves when the plan has succeeded (or, without one, the host key is proved). */
  static async open(request: OpenRequest, gate: HandshakeGate): Promise<Connection> {
    const connection = new Connection(request, gate);
    const stop = new AbortController();
    const late = setTimeout(() => stop.abort(timedOut(connection.#now())), request.deadlineMs);
    const cancel = () => stop.abort(cancelled());
    if (request.signal?.aborted === true) cancel();
    request.signal?.addEventListener("abort", cancel, { once: true });
    let leave: (() => void) | undefined;
    try {
      leave = await gate.enter(`${request.host}:${request.port}`, stop.signal);
      await connection.#handshake(stop.signal);
      return connection;
    } finally {
      leave?.();
      clearTimeout(late);
      request.signal?.removeEventListener("abort", cancel);
    }
  }

  get method(): string {
    return this.#plan?.method ?? "none";
  }

  get offered(): readonly string[] | undefined {
    return this.#plan?.offered;
  }

  get hostKeys(): readonly HostKey[] {
    return this.#host.keys;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Calls back once when the connection is over; returns the way to take that back. */
  whenEnded(listener: () => void): () => void {
    this.#atEnd.add(listener);
    return () => this.#atEnd.delete(listener);
  }

  /** Says goodbye; a server that does not hang up is hung up on. */
  close(): Promise<void> {
    if (this.#ended) return Promise.resolve();
    return new Promise((resolve) => {
      const impatient = setTimeout(() => this.#socket?.destroy(), CLOSE_GRACE_MS);
      this.whenEnded(() => {
        clearTimeout(impatient);
        resolve();
      });
      this.client.end();
    });
  }

  #handshake(stop: AbortSignal): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      const giveUp = () => this.#fail(stop.reason);
      stop.addEventListener("abort", giveUp, { once: true });
      this.#settle = {
        resolve: () => {
          stop.removeEventListener("abort", giveUp);
          resolve();
        },
        reject,
      };
      try {
        this.#start();
      } catch (error) {
        this.#fail(error);
      }
    });
  }

  #start(): void {
    const { host, port, user, keepaliveMs } = this.#request;
    this.#phase = "dialling";
    // No Nagle: it costs 40 ms at every small step of login and of each command.
    const socket = dial({ host, port, noDelay: true, autoSelectFamilyAttemptTimeout: ADDRESS_ATTEMPT_MS });
    this.#socket = socket;
    socket.once("connect", () => {
      if (this.#phase === "dialling") this.#phase = "identifying";
    });
    this.#listen();
    this.client.connect({
      sock: socket,
      username: user,
      ident: "Keystead",
      algorithms: ssh2Algorithms(this.#offer),
      readyTimeout: 0, // our own deadline covers every phase
      keepaliveInterval: keepaliveMs,
      keepaliveCountMax: 3,
      hostVerifier: (blob: Buffer) => this.#verifyHost(blob),
      authHandler: (_offered: AuthenticationType[], _partial: boolean, next: NextAuthHandler) =>
        this.#authenticate(next),
    });
    tapRefusals(this.client, (refusal) => {
      this.#refusal = refusal;
    });
    // After connect(): ssh2 has paused the socket by then, so listening beside it loses no bytes.
    socket.on("data", (chunk: Buffer) => {
      this.greeting.push(chunk);
      if (this.#phase === "identifying" && this.greeting.speaksSsh2) {
        this.#phase = "negotiating";
        this.#gate.noteAnswer(`${host}:${port}`);
      }
    });
  }

  #listen(): void {
    this.client
      .on("handshake", () => {
        if (this.#phase === "negotiating") this.#phase = "authenticating";
        if (this.#request.plan === undefined) this.#succeed();
      })
      .on("ready", () => this.#succeed())
      .on("banner", (text) => {
        this.#banner = harmless(text) || this.#banner;
      })
      .on("change password", () => this.#fail(passwordExpired(this.#who)))
      .on("hostkeys", (keys) => {
        for (const key of keys) this.#host.remember(hostKeyOf(key.getPublicSSH()));
      })
      .on("error", (error) => this.#fail(translate(error, this.#now())))
      .on("close", () => {
        this.#ended = true;
        this.#fail(closed(this.#now()));
        for (const listener of this.#atEnd) listener();
        this.#atEnd.clear();
      });
  }

  /** Asked before the login, and again when the keys are renewed during a long session. */
  #verifyHost(blob: Buffer): boolean {
    const refusal = this.#host.refuse(blob);
    if (refusal !== undefined) this.#fail(refusal);
    return refusal === undefined;
  }

  /** Called by ssh2 before the first attempt and after every refusal; it goes on only when `next` is called. */
  #authenticate(next: NextAuthHandler): undefined {
    const { plan } = this.#request;
    if (plan === undefined || this.#settle === undefined) return;
    try {
      this.#plan ??= plan(this.#control(), () => this.#succeed());
      const attempt = this.#plan.next(this.#refusal);
      if (attempt !== undefined) next(attempt);
    } catch (error) {
      this.#fail(error); // e.g. the password was disposed because the vault locked
    }
  }

  #control(): LoginControl {
    return { who: this.#who, profile: this.#request.profile, fail: (error) => this.#fail(error) };
  }

  get #who(): string {
    return `${this.#request.user} at ${this.address}`;
  }

  #now(): Circumstances {
    return {
      address: this.address,
      phase: this.#phase,
      greeting: this.greeting,
      offer: this.#offer,
      banner: this.#banner,
      answeredLately: this.#gate.answeredLately(`${this.#request.host}:${this.#request.port}`),
    };
  }

  #succeed(): void {
    this.#phase = "open";
    this.#settle?.resolve();
    this.#settle = undefined;
  }

  /** After the login there is nobody to reject: the end of the connection itself tells whoever is using it. */
  #fail(error: unknown): void {
    this.#settle?.reject(error);
    this.#settle = undefined;
    // Later, so that ssh2 can finish the message it is handling.
    setImmediate(() => this.#socket?.destroy());
  }
}
