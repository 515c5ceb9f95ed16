import { isKeysteadError, KeysteadError } from "#shared/errors/keystead-error.ts";
import type { ModuleWatch } from "./module-watch.ts";
import { tokenAt } from "./token-identity.ts";
import { inUse, type PresentToken, type TokenInUse } from "./token-in-use.ts";
import type { Role, TokenModule } from "./token-port.ts";

interface Login {
  readonly role: Role;
  readonly generation: number;
  readonly watch: ModuleWatch;
  readonly slotId: string;
}

export interface LoginParts {
  /** Somebody is logged in who was not, or no longer is. */
  readonly onChange: () => void;
  readonly logBug: (error: unknown) => void;
}

/**
 * Who is logged in where (C12). A login belongs to the process and the token (C10): what is remembered here is what the token
 * said last, and it ends with either of them.
 */
export class TokenLogins {
  readonly #parts: LoginParts;
  readonly #logins = new Map<string, Login>();

  constructor(parts: LoginParts) {
    this.#parts = parts;
  }

  /**
   * As we know it. The token itself is asked before each use (`requireUser`), not at each look: OpenSC 0.23 locks itself out
   * when it is asked for the session of a card that has just gone.
   */
  of(token: PresentToken): Role | undefined {
    const login = this.#logins.get(token.id);
    return login?.generation === token.watch.generation ? login.role : undefined;
  }

  /** In turn with others by `exclusive`. PINs are the caller's to check and to count. */
  async logIn(token: TokenInUse, role: Role, pin: Parameters<TokenModule["logIn"]>[2]): Promise<void> {
    let who: Role | undefined;
    try {
      await token.module.logIn(tokenAt(token), role, pin);
    } finally {
      who = await this.#recall(token);
    }
    if (who !== role)
      throw new KeysteadError(
        "tokens/failed",
        "The token took the PIN and yet says that nobody is logged in. Pull it out, insert it again and try once more.",
        { id: token.id },
      );
  }

  async logOut(token: TokenInUse): Promise<void> {
    try {
      await token.module.logOut(token.slot.slotId);
    } finally {
      await this.#recall(token);
    }
  }

  /** Logs out where that may fail because the token has gone: then nobody is logged in either. */
  async leave(token: PresentToken): Promise<void> {
    try {
      await this.logOut(await inUse(token));
    } catch (error) {
      if (!isKeysteadError(error)) throw error;
    }
  }

  /** Before the vault closes: out of every one of `present` that somebody is known to be in, and forgotten. */
  async leaveAll(present: readonly PresentToken[]): Promise<void> {
    await Promise.all(present.filter((token) => this.#logins.has(token.id)).map((token) => this.leave(token)));
  }

  forgetAll(): void {
    this.#logins.clear();
  }

  /** C10: remembers what the token says, not that a call came back or failed: a login that stays must not be forgotten. */
  async #recall({ id, watch, slot: { slotId }, module }: TokenInUse): Promise<Role | undefined> {
    let role: Role | undefined;
    try {
      // A process that has ended took its logins along; asking would start the next one.
      role = module.state === "running" ? await module.loggedIn(slotId) : undefined;
    } catch (error) {
      if (!isKeysteadError(error)) throw error;
    }
    if (role === undefined) this.#logins.delete(id);
    else this.#logins.set(id, { role, generation: module.generation, watch, slotId });
    this.#parts.onChange();
    return role;
  }

  /** Error: `tokens/not-logged-in`. Asks the token, not memory (C10). */
  async requireUser(token: TokenInUse): Promise<void> {
    if (!token.info.flags.includes("LOGIN_REQUIRED")) return;
    if ((await token.module.loggedIn(token.slot.slotId)) === "user") return;
    this.#logins.delete(token.id);
    throw new KeysteadError(
      "tokens/not-logged-in",
      `Nobody is logged in to the token “${token.info.label}”. Log in with its PIN first.`,
      { id: token.id },
    );
  }

  /** A look has found something else: the logins of tokens that went are forgotten (C32). */
  seen(present: ReadonlyMap<string, PresentToken>): void {
    for (const [id, login] of this.#logins) {
      const { watch, generation } = login;
      if (present.get(id)?.watch.generation === generation) continue;
      // The process goes on, and with it the login, though one look could not see the token.
      if (watch.generation === generation && watch.cannotTell(login.slotId)) continue;
      this.#logins.delete(id);
      if (watch.generation === generation) void this.#endUnnamed(login);
    }
  }

  /** The login of a slot whose token goes by another id now, as when its twin came: nobody would be shown as logged in. */
  async #endUnnamed({ watch, slotId }: Login): Promise<void> {
    try {
      await (await watch.module()).logOut(slotId);
    } catch (error) {
      // Where the token has gone, so has the login; where not, the next PIN is looked at all the same.
      if (!isKeysteadError(error)) this.#parts.logBug(error);
    }
  }
}
