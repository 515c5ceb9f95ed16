import type { Clock } from "#main/clock.ts";
import type { ProcessEnd, ProcessPort, StartProcess } from "#main/features/tokens/token-port.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { type CallLimits, limitOf } from "./call-limits.ts";
import { packBytes, unpackBytes } from "./packed-bytes.ts";
import {
  type AnswerMessage,
  type CallMessage,
  type CallName,
  type Failure,
  reviveBuffers,
  type SignOutcomes,
  type StartAnswer,
  type StartOptions,
} from "./protocol.ts";
import { quoted, translate } from "./translate.ts";

export interface Call {
  readonly name: CallName;
  readonly args: readonly unknown[];
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  /** Added to the limit of its kind, in milliseconds. */
  readonly extra?: number;
  readonly oaepHash?: string | undefined;
  /** Calls with equal `batch` may share a message: their last argument is a list of messages to sign. */
  readonly batch?: string;
  /** Bytes to wipe as soon as they have been handed over. */
  readonly secrets?: readonly Uint8Array[];
}

interface Sent {
  readonly id: number;
  readonly calls: readonly Call[];
  readonly limit: number;
}

export type Ending = "crashed" | "hung" | "closed";

/**
 * Calls under way to the process at once. It works on one at a time (C8); the second spares it the wait for the next message,
 * which is what brings many signatures from 60 to 90 % of their speed without a process in between.
 */
const DEPTH = 2;
/** Messages to sign in one message. */
const BATCH = 32;
/** What each message beyond the first adds to the time a call may take: a tenth, which is still 3 s. */
const FURTHER = 0.1;

/** One process from start to end: its queue, its watchdog, and what becomes of the calls when it goes. */
export class ProcessLife {
  readonly #port: ProcessPort;
  readonly #clock: Clock;
  readonly #limits: CallLimits;
  readonly #path: string;
  readonly #ended: (how: Ending) => void;
  readonly #waiting: Call[] = [];
  readonly #sent: Sent[] = [];
  /** Resolves when the module runs; rejects with why it does not. */
  readonly started: Promise<StartAnswer>;
  #nextId = 1;
  #running = false;
  #listed = false;
  #over = false;
  #sending: NodeJS.Immediate | undefined;
  #stopWatchdog: (() => void) | undefined;

  constructor(parts: {
    readonly startProcess: StartProcess;
    readonly clock: Clock;
    readonly limits: CallLimits;
    readonly options: StartOptions;
    /** Called as the answer to `start` is read: whoever awaits a later answer finds the state already changed. */
    readonly running: (answer: StartAnswer) => void;
    readonly ended: (how: Ending) => void;
  }) {
    this.#clock = parts.clock;
    this.#limits = parts.limits;
    this.#path = parts.options.path;
    this.#ended = parts.ended;
    this.#port = parts.startProcess();
    this.#port.on((message) => this.#answered(message as AnswerMessage));
    this.#port.onClose((how) => this.#closed(how));
    this.started = new Promise((resolve, reject) => {
      const running = (value: unknown): void => {
        this.#running = true;
        parts.running(value as StartAnswer);
        resolve(value as StartAnswer);
      };
      this.enqueue({ name: "start", args: [parts.options], resolve: running, reject });
    });
    // Whoever waits for a call learns of it through the call.
    this.started.catch(() => this.#end("crashed", undefined));
  }

  get over(): boolean {
    return this.#over;
  }

  enqueue(call: Call): void {
    this.#waiting.push(call);
    // Signers that act in the same turn of the loop travel together; everything else goes at once, and takes them along.
    if (call.batch === undefined) this.#send();
    else this.#sending ??= setImmediate(() => this.#send());
  }

  /** Ends the process: logged out and finalised where it answers in time, killed where not. */
  async close(): Promise<void> {
    if (this.#over) return;
    // Bounded as a whole: the call before it may be one that takes minutes.
    const ended = this.#ask("end", []).catch(() => undefined);
    await Promise.race([ended, this.#clock.sleep(this.#limits.end)]);
    this.#end("closed", () => closedError(this.#path));
  }

  /** Ends it now; for what cannot wait. */
  kill(): void {
    this.#end("closed", () => closedError(this.#path));
  }

  #ask(name: CallName, args: readonly unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => this.enqueue({ name, args, resolve, reject }));
  }

  #send(): void {
    clearImmediate(this.#sending);
    this.#sending = undefined;
    while (!this.#over && this.#sent.length < DEPTH) {
      const calls = this.#take();
      const [first] = calls;
      if (!first) return;
      const sent: Sent = { id: this.#nextId, calls, limit: this.#limitOf(calls) };
      this.#nextId += 1;
      this.#sent.push(sent);
      if (this.#sent.length === 1) this.#watch();
      const message: CallMessage = { id: sent.id, call: first.name, args: joined(calls) };
      this.#port.post(message);
      for (const secret of calls.flatMap((call) => call.secrets ?? [])) secret.fill(0);
    }
  }

  /** The next call, and with a signature those behind it that can share the message. Others' signatures are no obstacle; all else is. */
  #take(): readonly Call[] {
    const first = this.#waiting.shift();
    if (!first) return [];
    if (first.batch === undefined) return [first];
    const alike: Call[] = [];
    for (const call of this.#waiting) {
      if (call.batch === undefined) break;
      if (call.batch === first.batch) alike.push(call);
    }
    // With nothing under way half of them go first and half behind, so that the process never waits for either.
    const share = this.#sent.length === 0 ? Math.floor(alike.length / 2) : alike.length;
    let room = BATCH - messagesOf(first).length;
    const taken = [first];
    for (const call of alike.slice(0, share)) {
      room -= messagesOf(call).length;
      if (room < 0) break;
      taken.push(call);
      this.#waiting.splice(this.#waiting.indexOf(call), 1);
    }
    return taken;
  }

  #limitOf(calls: readonly Call[]): number {
    const [first] = calls;
    if (!first) return 0;
    if (first.name === "slots" && this.#listed) return this.#limits.relist;
    const base = limitOf(first.name, this.#limits) + (first.extra ?? 0);
    const further = first.batch === undefined ? 0 : calls.flatMap(messagesOf).length - 1;
    return base * (1 + further * FURTHER);
  }

  /** Watches the call the process is working on: the time of those behind it has not begun. */
  #watch(): void {
    this.#stopWatchdog?.();
    const [working] = this.#sent;
    this.#stopWatchdog = working && this.#clock.every(working.limit, () => this.#hung(working));
  }

  #hung(working: Sent): void {
    const name = working.calls[0]?.name ?? "start";
    this.#end("hung", () => hungError(this.#path, name, working.limit));
  }

  #answered(message: AnswerMessage): void {
    const [working] = this.#sent;
    if (this.#over || !working || message.id !== working.id) return;
    this.#sent.shift();
    this.#listed ||= working.calls[0]?.name === "slots" && "value" in message;
    this.#watch();
    settle(working.calls, message);
    // In the same turn for plain calls; signatures wait for those whom this answer wakes.
    if (this.#waiting.some((call) => call.batch === undefined)) this.#send();
    else this.#sending ??= setImmediate(() => this.#send());
  }

  #closed({ exitCode, signal, lastWords = "" }: ProcessEnd): void {
    const manner = signal ?? (exitCode === null ? "no exit code" : `exit code ${exitCode}`);
    const running = this.#running;
    const name = this.#sent[0]?.calls[0]?.name;
    this.#end("crashed", () =>
      running ? crashedError(this.#path, manner, name) : endedOnLoadError(this.#path, manner, lastWords),
    );
  }

  /** `reason` undefined: the failed start, which every waiting call is told of. */
  #end(how: Ending, reason: (() => Error) | undefined): void {
    if (this.#over) return;
    this.#over = true;
    clearImmediate(this.#sending);
    this.#stopWatchdog?.();
    const orphans = [...this.#sent.flatMap((sent) => sent.calls), ...this.#waiting];
    this.#sent.length = 0;
    this.#waiting.length = 0;
    this.#port.kill();
    this.#ended(how);
    for (const call of orphans) {
      for (const secret of call.secrets ?? []) secret.fill(0);
      if (reason) call.reject(reason());
      else this.started.catch((error: Error) => call.reject(error));
    }
  }
}

const messagesOf = (call: Call): readonly Uint8Array[] => call.args.at(-1) as readonly Uint8Array[];

/** The arguments of one call, or of several as one with all their messages. */
function joined(calls: readonly Call[]): readonly unknown[] {
  const [first] = calls;
  if (!first) return [];
  return first.batch === undefined ? first.args : [...first.args.slice(0, -1), packBytes(calls.flatMap(messagesOf))];
}

function settle(calls: readonly Call[], message: AnswerMessage): void {
  if ("failure" in message) {
    for (const call of calls) call.reject(translated(message.failure, call));
    return;
  }
  const value = reviveBuffers(message.value);
  const [first] = calls;
  if (first?.batch === undefined) {
    first?.resolve(value);
    return;
  }
  settleSigners(calls, value as SignOutcomes);
}

function settleSigners(calls: readonly Call[], { signatures, failures }: SignOutcomes): void {
  const all = unpackBytes(signatures);
  let at = 0;
  for (const call of calls) {
    const end = at + messagesOf(call).length;
    const [from, to] = [at, end];
    const failed = failures.find(([index]) => index >= from && index < to);
    if (failed) call.reject(translated(failed[1], call));
    // Copies: a view would keep the others' signatures alive, and reach them.
    else call.resolve(all.slice(from, to).map((signature) => Buffer.from(signature)));
    at = end;
  }
}

const translated = (failure: Failure, call: Call): Error =>
  translate(failure, { call: call.name, oaepHash: call.oaepHash });

/** `call`: what it was at work on when it ended. */
const crashedError = (path: string, manner: string, call: CallName | undefined): KeysteadError =>
  new KeysteadError(
    "tokens/module-crashed",
    `The library ${path} crashed (${manner}). Nothing else is affected; the next try starts it anew, and the token asks for its PIN again.`,
    call === undefined ? {} : { call },
  );

const hungError = (path: string, call: CallName, limit: number): KeysteadError =>
  new KeysteadError(
    "tokens/module-hung",
    `The library ${path} did not answer within ${Math.round(limit / 1000)} s (${call}), so its process was ended. Pull the token out, put it in again and retry; it asks for its PIN again.`,
    { call },
  );

function endedOnLoadError(path: string, manner: string, lastWords: string): KeysteadError {
  const words = lastWords.trim() === "" ? "" : ` Its last words: ${quoted(lastWords)}`;
  return new KeysteadError(
    "tokens/module-unloadable",
    `The library ${path} ended its process while it was being started (${manner}).${words} It is damaged, or not made for this system.`,
  );
}

const closedError = (path: string): KeysteadError =>
  new KeysteadError("tokens/module-crashed", `The library ${path} was stopped while it was asked. Try again.`);
