import type { EventListener, KeysteadEvent, Unsubscribe } from "#shared/contract/events.ts";
import type { Caller } from "./caller.ts";

/** Tells consoles what has happened, after it is durable. Who has no session learns only of locking and unlocking. */
export class Events {
  readonly #listeners = new Set<{ readonly caller: Caller; readonly listener: EventListener }>();
  readonly #hasSession: (caller: Caller) => boolean;

  constructor(hasSession: (caller: Caller) => boolean) {
    this.#hasSession = hasSession;
  }

  listen(caller: Caller, listener: EventListener): Unsubscribe {
    const entry = { caller, listener };
    this.#listeners.add(entry);
    return () => this.#listeners.delete(entry);
  }

  tell(event: KeysteadEvent): void {
    for (const { caller, listener } of this.#listeners) {
      if (event.type === "locked" || event.type === "unlocked" || this.#hasSession(caller)) listener(event);
    }
  }

  forget(caller: Caller): void {
    for (const entry of this.#listeners) if (entry.caller === caller) this.#listeners.delete(entry);
  }
}
