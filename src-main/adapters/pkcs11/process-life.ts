import type { Clock } from "#main/clock.ts";
import type { ProcessEnd, ProcessPort, StartProcess } from "#main/features/tokens/token-port.ts";
import type { CallLimits } from "./call-limits.ts";
import { closedError, crashedError, endedOnLoadError, hungError } from "./process-end.ts";
import type { AnswerMessage, CallMessage, CallName, StartAnswer, StartOptions } from "./protocol.ts";
import { type Call, joined, limitOfAll, settle, takeNext } from "./shared-message.ts";

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
      const calls = takeNext(this.#waiting, this.#sent.length === 0);
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

  #limitOf(calls: readonly Call[]): number {
    const again = calls[0]?.name === "slots" && this.#listed;
    return again ? this.#limits.relist : limitOfAll(calls, this.#limits);
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
