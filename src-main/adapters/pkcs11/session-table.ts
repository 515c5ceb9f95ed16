import pkcs11js, { type Handle, type PKCS11 } from "pkcs11js";
import { ask, isGone, ModuleFailure } from "./module-failure.ts";
import { slotBuffer } from "./native-values.ts";

interface Open {
  readonly session: Handle;
  /** Unique in this process: handles of objects are good within one life of a session only. */
  readonly life: number;
}

/**
 * One read-write session a slot, opened on demand. All sessions of a process share a token's login and the last one closed
 * ends it (C10), so it stays open until the token goes.
 */
export class SessionTable {
  readonly #module: PKCS11;
  readonly #generation: number;
  readonly #open = new Map<string, Open>();
  #lives = 0;

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

  /** A fresh session in place of one stuck in an operation; opened first, so that the login survives (C10). */
  replace(slotId: string): Handle {
    const old = this.#open.get(slotId);
    const session = this.openAnother(slotId);
    this.#open.set(slotId, { session, life: old?.life ?? this.#newLife() });
    try {
      if (old) ask("C_CloseSession", () => this.#module.C_CloseSession(old.session));
    } catch (error) {
      // What matters is the fresh one.
      if (!(error instanceof ModuleFailure)) throw error;
    }
    return session;
  }

  openAnother(slotId: string): Handle {
    const flags = pkcs11js.CKF_SERIAL_SESSION | pkcs11js.CKF_RW_SESSION;
    return ask("C_OpenSession", () => this.#module.C_OpenSession(slotBuffer(slotId), flags));
  }

  /** `<object handle in hex>@<generation>.<life>`: a number alone may name another object once the token was swapped. */
  handleText(slotId: string, object: Handle): string {
    return `${object.toString("hex")}@${this.#generation}.${this.#ensure(slotId).life}`;
  }

  handleOf(slotId: string, text: string): Handle {
    const [hex = "", place] = text.split("@");
    const life = this.#open.get(slotId)?.life;
    if (life === undefined || place !== `${this.#generation}.${life}`) {
      throw new ModuleFailure({ nature: "stale-handle" });
    }
    return Buffer.from(hex, "hex");
  }

  #ensure(slotId: string): Open {
    const known = this.#open.get(slotId);
    if (known) return known;
    const open: Open = { session: this.openAnother(slotId), life: this.#newLife() };
    this.#open.set(slotId, open);
    return open;
  }

  #newLife(): number {
    this.#lives += 1;
    return this.#lives;
  }

  #afterwards(slotId: string, known: boolean, error: unknown): unknown {
    if (!isGone(error)) return error;
    if (this.#open.has(slotId)) this.closeAll(slotId);
    if (!known || error.failure.nature !== "ckr") return error;
    return new ModuleFailure({ ...error.failure, lost: true });
  }
}
