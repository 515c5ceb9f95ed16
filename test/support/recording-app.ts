import type { App, Caller, Door, DoorRequest, Reply } from "#main/dispatch/caller.ts";
import type { EventListener, KeysteadEvent } from "#shared/contract/events.ts";

/** An application that answers everything with what it was asked and remembers it. For tests of doors alone. */
export class RecordingApp implements App {
  readonly requests: { readonly caller: Caller; readonly request: DoorRequest }[] = [];
  readonly callers = new Set<Caller>();
  readonly locks: string[] = [];
  readonly closes: string[] = [];
  answer: (request: DoorRequest) => Reply | Promise<Reply> = (request) => ({ ok: true, result: request });
  readonly #listeners = new Map<EventListener, Caller>();

  connect(door: Door): Caller {
    const caller = { id: `caller-${this.callers.size}`, door };
    this.callers.add(caller);
    return caller;
  }

  disconnect(caller: Caller): void {
    this.callers.delete(caller);
  }

  async dispatch(caller: Caller, request: DoorRequest): Promise<Reply> {
    this.requests.push({ caller, request });
    return this.answer(request);
  }

  listen(caller: Caller, listener: EventListener): () => void {
    this.#listeners.set(listener, caller);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  get listening(): number {
    return this.#listeners.size;
  }

  tell(event: KeysteadEvent): void {
    for (const listener of this.#listeners.keys()) listener(event);
  }

  async lock(reason: "idle" | "suspended"): Promise<void> {
    this.locks.push(reason);
  }

  async close(reason: "closing" | "suspended"): Promise<void> {
    this.closes.push(reason);
  }
}
