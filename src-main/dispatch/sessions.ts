import type { Caller } from "./caller.ts";
import type { Session } from "./handlers.ts";

/** Who is logged in at which door. Sessions live and die with the open vault. */
export class Sessions {
  readonly #byCaller = new Map<Caller, Session>();

  of(caller: Caller): Session | undefined {
    return this.#byCaller.get(caller);
  }

  open(caller: Caller, session: Session): void {
    this.#byCaller.set(caller, session);
  }

  end(caller: Caller): void {
    this.#byCaller.delete(caller);
  }

  endAll(): void {
    this.#byCaller.clear();
  }
}
