import pkcs11js, { type Handle, type PKCS11 } from "pkcs11js";
import { ask, hasCkr, isGone, ModuleFailure } from "./module-failure.ts";
import { slotBuffer } from "./native-values.ts";

interface Open {
  readonly session: Handle;
  /** Unique in this process: what was seen of a token is good until all of its sessions end, as its login is. */
  readonly life: number;
  /** Unique in this process: session objects end with the session that made them. */
  readonly turn: number;
}

/** Whether an object stays on the token or ends with its session (CKA_TOKEN, whose default is to end). */
export type Kept = "token-object" | "session-object";

/**
 * One read-write session a slot, opened on demand. All sessions of a process share a token's login and the last one closed
 * ends it (C10), so it stays open until the token goes.
 */
export class SessionTable {
  readonly #module: PKCS11;
  readonly #generation: number;
  readonly #open = new Map<string, Open>();
  #count = 0;

  constructor(module: PKCS11, generation: number) {
    this.#module = module;
    this.#generation = generation;
  }

  /** Runs `work` in the slot's session. When the token turns out to be gone, the session is dropped (C32). */
  within<T>(slotId: string, work: (session: Handle) => T): T {
    const known = this.#open.has(slotId);
    try {
      return work(this.#ensure(slotId).session);
    } catch (error) {
      throw this.#afterwards(slotId, known, error);
    }
  }

  async withinLater<T>(slotId: string, work: (session: Handle) => Promise<T>): Promise<T> {
    const known = this.#open.has(slotId);
    try {
      return await work(this.#ensure(slotId).session);
    } catch (error) {
      throw this.#afterwards(slotId, known, error);
    }
  }

  /** For what reads only or begins anew: a session that died unnoticed since the last call is replaced once. */
  withinFresh<T>(slotId: string, work: (session: Handle) => T): T {
    const known = this.#open.has(slotId);
    try {
      return this.within(slotId, work);
    } catch (error) {
      if (!known || !isGone(error)) throw error;
      return this.within(slotId, work);
    }
  }

  has(slotId: string): boolean {
    return this.#open.has(slotId);
  }

  /** Closes the slot's sessions, ours and any that a failed call has left behind (C18). */
  closeAll(slotId: string): void {
    this.#open.delete(slotId);
    try {
      ask("C_CloseAllSessions", () => this.#module.C_CloseAllSessions(slotBuffer(slotId)));
    } catch (error) {
      // A token that has gone took its sessions along; there is nothing left to close.
      if (!(error instanceof ModuleFailure)) throw error;
    }
  }

  /**
   * A fresh session in place of one stuck in an operation; opened first, so that the login survives (C10). Handles of token
   * objects stay good, as they are an application's and not a session's (PKCS#11 2.40 section 3.4): the life goes on, and what
   * was made can still be taken back. Session objects end with the session that is closed, and the module may give their numbers
   * to others: those handles name nothing from now on.
   */
  replace(slotId: string): Handle {
    const old = this.#open.get(slotId);
    const session = this.#openWhereThereIsRoom(slotId);
    if (session === undefined) {
      // The token has room for this one only, so its login goes too: better than a token stuck until it is pulled out.
      this.closeAll(slotId);
      return this.#ensure(slotId).session;
    }
    this.#open.set(slotId, { session, life: old?.life ?? this.#next(), turn: this.#next() });
    if (old) this.#close(old.session);
    return session;
  }

  /**
   * Runs `work` in a session of its own beside the slot's, which shares its login and its objects (C10): what `work` leaves
   * unfinished ends with it, and nobody else's operations and session objects do. Where the token has room for one session only,
   * that one is used, and closed with its login when `work` fails.
   */
  aside<T>(slotId: string, work: (session: Handle) => T): T {
    return this.within(slotId, (main) => {
      const own = this.#openWhereThereIsRoom(slotId);
      let done = false;
      try {
        const result = work(own ?? main);
        done = true;
        return result;
      } finally {
        if (own !== undefined) this.#close(own);
        else if (!done) this.closeAll(slotId);
      }
    });
  }

  openAnother(slotId: string): Handle {
    const flags = pkcs11js.CKF_SERIAL_SESSION | pkcs11js.CKF_RW_SESSION;
    return ask("C_OpenSession", () => this.#module.C_OpenSession(slotBuffer(slotId), flags));
  }

  /**
   * `<object handle in hex>@<generation>.<life>`, and `.<turn>` for a session object: a number alone may name another object
   * once the token was swapped.
   */
  handleText(slotId: string, object: Handle, kept: Kept): string {
    return `${object.toString("hex")}@${this.#place(this.#ensure(slotId), kept)}`;
  }

  handleOf(slotId: string, text: string): Handle {
    const [hex = "", place] = text.split("@");
    const open = this.#open.get(slotId);
    if (!open || ![this.#place(open, "token-object"), this.#place(open, "session-object")].includes(place ?? "")) {
      throw new ModuleFailure({ nature: "stale-handle" });
    }
    return Buffer.from(hex, "hex");
  }

  #place({ life, turn }: Open, kept: Kept): string {
    return kept === "token-object" ? `${this.#generation}.${life}` : `${this.#generation}.${life}.${turn}`;
  }

  #openWhereThereIsRoom(slotId: string): Handle | undefined {
    try {
      return this.openAnother(slotId);
    } catch (error) {
      if (!hasCkr(error, "CKR_SESSION_COUNT")) throw error;
      return undefined;
    }
  }

  /** One that cannot be closed goes with the slot's others (`closeAll`). */
  #close(session: Handle): void {
    try {
      ask("C_CloseSession", () => this.#module.C_CloseSession(session));
    } catch (error) {
      if (!(error instanceof ModuleFailure)) throw error;
    }
  }

  #ensure(slotId: string): Open {
    const known = this.#open.get(slotId);
    if (known) return known;
    const open: Open = { session: this.openAnother(slotId), life: this.#next(), turn: this.#next() };
    this.#open.set(slotId, open);
    return open;
  }

  #next(): number {
    this.#count += 1;
    return this.#count;
  }

  #afterwards(slotId: string, known: boolean, error: unknown): unknown {
    if (!isGone(error)) return error;
    if (this.#open.has(slotId)) this.closeAll(slotId);
    if (!known || error.failure.nature !== "ckr") return error;
    return new ModuleFailure({ ...error.failure, lost: true });
  }
}
