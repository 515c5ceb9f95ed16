import type { EventListener, KeysteadEvent, Unsubscribe } from "#shared/contract/events.ts";

/** The page's listeners. One that throws must not keep the event from the others. */
export class Listeners {
  readonly #listeners = new Set<{ readonly call: EventListener }>();

  add(listener: EventListener): Unsubscribe {
    // An object of its own, so that the same function added twice is two subscriptions.
    const entry = { call: listener };
    this.#listeners.add(entry);
    return () => {
      this.#listeners.delete(entry);
    };
  }

  tell(event: KeysteadEvent): void {
    for (const { call } of [...this.#listeners]) {
      try {
        call(event);
      } catch (error) {
        reportError(error);
      }
    }
  }
}
