import type { AnswerMessage, CallMessage } from "#main/adapters/pkcs11/protocol.ts";
import type { Clock } from "#main/clock.ts";
import type { ProcessEnd, ProcessPort } from "#main/features/tokens/token-port.ts";

/** A process whose answers the test gives by hand, to see what is under way at which moment. */
export class ScriptedProcess implements ProcessPort {
  readonly posted: CallMessage[] = [];
  /** The very objects that were handed over, as they are now. */
  readonly handedOver: CallMessage[] = [];
  killed = false;
  #answer: (message: unknown) => void = () => undefined;
  #close: (how: ProcessEnd) => void = () => undefined;

  post(message: unknown): void {
    // A structured clone, as a real channel makes one.
    this.handedOver.push(message as CallMessage);
    this.posted.push(structuredClone(message) as CallMessage);
  }
  on(listener: (message: unknown) => void): void {
    this.#answer = listener;
  }
  onClose(listener: (how: ProcessEnd) => void): void {
    this.#close = listener;
  }
  kill(): void {
    this.killed = true;
  }

  get calls(): readonly string[] {
    return this.posted.map(({ call }) => call);
  }
  answer(message: AnswerMessage): void {
    this.#answer(structuredClone(message));
  }
  /** Answers the message at `index` with a value. */
  value(index: number, value: unknown): void {
    this.answer({ id: this.posted[index]?.id ?? -1, value });
  }
  end(how: ProcessEnd): void {
    this.#close(how);
  }
}

/** Timers that fire when the test says so. */
export class HandClock implements Clock {
  #timers: { readonly at: number; readonly every: number; readonly work: () => void }[] = [];
  #now = 0;

  now = (): number => this.#now;
  monotonic = (): number => this.#now;
  every(milliseconds: number, work: () => void): () => void {
    const timer = { at: this.#now + milliseconds, every: milliseconds, work };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }
  sleep = (milliseconds: number): Promise<void> =>
    new Promise((resolve) => {
      const stop = this.every(milliseconds, () => {
        stop();
        resolve();
      });
    });
  advance(milliseconds: number): void {
    this.#now += milliseconds;
    for (const timer of [...this.#timers]) if (timer.at <= this.#now) timer.work();
  }
}
