import type { App, Caller, Door, DoorRequest, Reply } from "#main/dispatch/caller.ts";
import type { EventListener, KeysteadEvent } from "#shared/contract/events.ts";

/**
 * Remembers what gets through a door to the application. Around a real one it passes everything on; alone, for tests of a
 * door's rules without a vault, it answers with what it was asked.
 */
export class RecordingApp implements App {
  readonly requests: { readonly caller: Caller; readonly request: DoorRequest }[] = [];
  readonly callers = new Set<Caller>();
  readonly locks: string[] = [];
  readonly closes: string[] = [];
  /** Stands in for the application's answer, for failures that a real one does not have on demand. */
  answer: ((request: DoorRequest) => Reply | Promise<Reply>) | undefined;
  readonly #inner: App | undefined;
  readonly #listeners = new Map<EventListener, Caller>();

  constructor(inner?: App) {
    this.#inner = inner;
  }

  connect(door: Door): Caller {
    const caller = this.#inner?.connect(door) ?? { id: `caller-${this.callers.size}`, door };
    this.callers.add(caller);
    return caller;
  }

  disconnect(caller: Caller): void {
    this.callers.delete(caller);
    this.#inner?.disconnect(caller);
  }

  async dispatch(caller: Caller, request: DoorRequest): Promise<Reply> {
    this.requests.push({ caller, request });
    if (this.answer) return this.answer(request);
    return this.#inner ? this.#inner.dispatch(caller, request) : { ok: true, result: request };
  }

  listen(caller: Caller, listener: EventListener): () => void {
    this.#listeners.set(listener, caller);
    const unsubscribe = this.#inner?.listen(caller, listener);
    return () => {
      this.#listeners.delete(listener);
      unsubscribe?.();
    };
  }

  get listening(): number {
    return this.#listeners.size;
  }

  /** Sends an event to everybody, as if the application had. */
  tell(event: KeysteadEvent): void {
    for (const listener of this.#listeners.keys()) listener(event);
  }

  async lock(reason: "idle" | "suspended"): Promise<void> {
    this.locks.push(reason);
    await this.#inner?.lock(reason);
  }

  async close(reason: "closing" | "suspended"): Promise<void> {
    this.closes.push(reason);
    await this.#inner?.close(reason);
  }
}
