import type { EventListener, KeysteadEvent, Unsubscribe } from "#shared/contract/events.ts";
import type { Caller } from "./caller.ts";

/**
 * Tells consoles what has happened, after it is durable. Who has no session learns only of locking and unlocking, and who may not
 * ask for something is not told of it either.
 */
export class Events {
  readonly #listeners = new Set<{ readonly caller: Caller; readonly listener: EventListener }>();
  readonly #mayHear: (caller: Caller, event: KeysteadEvent) => boolean;

  /** `mayHear` is asked for all but locking and unlocking. */
  constructor(mayHear: (caller: Caller, event: KeysteadEvent) => boolean) {
    this.#mayHear = mayHear;
  }

  listen(caller: Caller, listener: EventListener): Unsubscribe {
    const entry = { caller, listener };
    this.#listeners.add(entry);
    return () => this.#listeners.delete(entry);
  }

  tell(event: KeysteadEvent): void {
    for (const { caller, listener } of this.#listeners) {
      if (event.type === "locked" || event.type === "unlocked" || this.#mayHear(caller, event)) listener(event);
    }
  }

  forget(caller: Caller): void {
    for (const entry of this.#listeners) if (entry.caller === caller) this.#listeners.delete(entry);
  }
}
