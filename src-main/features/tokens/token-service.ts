import type { Clock } from "#main/clock.ts";
import { randomId } from "#main/crypto/random.ts";
import type { OpenVault } from "#main/features/vault/index.ts";
import type { Unsubscribe } from "#shared/contract/events.ts";
import { isKeysteadError, KeysteadError } from "#shared/errors/keystead-error.ts";
import { atMost } from "./at-most.ts";
import { ModuleWatch } from "./module-watch.ts";
import { inUse, type PresentToken, presentIn, type TokenInUse } from "./token-in-use.ts";
import { TokenLogins } from "./token-logins.ts";
import type { TokenModules } from "./token-port.ts";
import { findInstance, listModuleRows, type ModuleRow } from "./token-repository.ts";
import { TokenTurns } from "./token-turns.ts";

export interface ServiceParts {
  readonly clock: Clock;
  readonly modules: TokenModules;
  /** Slots, tokens, libraries or logins are not what they were: told to the consoles. */
  readonly onChange: () => void;
  readonly logBug: (reference: string, error: unknown) => void;
}

/** Each library decides at such a tick whether it is time to look again. */
const TICK_MS = 200;
/** How long a list waits for a library's first look … */
const FIRST_LOOK_MS = 5_000;
/** … and for later ones: a library that is busy, making a large key for instance, is shown as it was last seen. */
const LATER_LOOK_MS = 15;
/** How long locking, or removing a library, waits for work that must not be cut in the middle, such as initialising. */
const SETTLE_MS = 10_000;
const LOG_OUT_MS = 2_000;

/**
 * The one owner of all tokens while the vault is open (C12): which are in, whose turn it is, and by its logins who is in them.
 * Nothing here outlives the open vault: locking logs out everywhere and ends every library's process.
 */
export class TokenService {
  readonly logins: TokenLogins;
  readonly #parts: ServiceParts;
  #vault: OpenVault | undefined;
  #watches = new Map<string, ModuleWatch>();
  #rowsRead: Promise<void> = Promise.resolve();
  #stopLooking: Unsubscribe = () => undefined;
  readonly #turns = new Map<string, TokenTurns>();
  readonly #lastSeen = new Map<string, number>();
  readonly #onEnd = new Set<() => void>();
  #version = 0;

  constructor(parts: ServiceParts) {
    this.#parts = parts;
    this.logins = new TokenLogins({ onChange: () => this.#changed(), logBug: (error) => this.#bug(error) });
  }

  /** After unlock. Starts nothing yet: libraries start with the first look, or when somebody asks for one. */
  begin(vault: OpenVault): void {
    this.#vault = vault;
    this.#rowsRead = listModuleRows(vault.read).then((rows) => {
      for (const row of rows) this.#watches.set(row.id, this.#watch(row));
    });
    // Whoever asks first is told; until then nobody has to handle it.
    this.#rowsRead.catch((error: unknown) => this.#bug(error));
    this.#stopLooking = this.#parts.clock.every(TICK_MS, () => {
      for (const watch of this.#watches.values()) watch.tick();
    });
  }

  /** Before the vault closes (D17): work in turn ends or is cut, everybody is logged out, every process ends. */
  async end(): Promise<void> {
    this.#stopLooking();
    const wipe = () => {
      for (const listener of this.#onEnd) listener();
    };
    // What waits for somebody goes at once; what work in its turn makes meanwhile, such as the beginning of a ceremony, goes after it.
    wipe();
    this.#vault = undefined;
    await atMost(SETTLE_MS, Promise.all([...this.#turns.values()].map((turns) => turns.settled())));
    wipe();
    await atMost(LOG_OUT_MS, this.logins.leaveAll(this.present()));
    const watches = [...this.#watches.values()];
    this.#watches = new Map();
    this.#turns.clear();
    this.logins.forgetAll();
    this.#lastSeen.clear();
    await atMost(LOG_OUT_MS, Promise.all(watches.map((watch) => watch.end())));
    await this.#parts.modules.closeAll();
  }

  /** What must be wiped when the vault locks; called twice. Work in its turn goes on meanwhile, with copies of its own. */
  onEnd(listener: () => void): void {
    this.#onEnd.add(listener);
  }

  #watch(row: ModuleRow): ModuleWatch {
    return new ModuleWatch(row, {
      clock: this.#parts.clock,
      modules: this.#parts.modules,
      onChange: () => this.#seen(),
      logBug: (error) => this.#bug(error),
    });
  }

  /** Starts the library to prove that it is one. The watch counts only once `keep` is called. */
  async tryOut(row: ModuleRow): Promise<{ readonly watch: ModuleWatch; keep(): void; drop(): Promise<void> }> {
    this.#vaultOrThrow();
    const watch = this.#watch(row);
    await watch.module();
    await watch.look();
    return { watch, keep: () => void this.#watches.set(row.id, watch), drop: () => watch.end() };
  }

  /** Waits, not for ever, until what is under way on the library's tokens is done: before it is removed. */
  async letFinish(watch: ModuleWatch): Promise<void> {
    const turns = presentIn(watch).flatMap((token) => this.#turns.get(token.id) ?? []);
    await atMost(SETTLE_MS, Promise.all(turns.map((each) => each.settled())));
  }

  async forget(id: string): Promise<void> {
    const watch = this.#watches.get(id);
    this.#watches.delete(id);
    await watch?.end();
  }

  async modules(): Promise<readonly ModuleWatch[]> {
    this.#vaultOrThrow();
    await this.#rowsRead;
    return [...this.#watches.values()];
  }

  /** Error: `tokens/module-unknown`. */
  async watchOf(id: string): Promise<ModuleWatch> {
    const watch = (await this.modules()).find((candidate) => candidate.row.id === id);
    if (watch === undefined)
      throw new KeysteadError("tokens/module-unknown", "There is no such library; it may have been removed.", { id });
    return watch;
  }

  /** Looks at every library now, and waits for those that answer soon. */
  async lookAll(laterMs = LATER_LOOK_MS): Promise<void> {
    const watches = await this.modules();
    const first = watches.filter((watch) => !watch.seen).map((watch) => watch.look());
    const later = watches.filter((watch) => watch.seen).map((watch) => watch.freshLook());
    await Promise.all([atMost(FIRST_LOOK_MS, Promise.all(first)), atMost(laterMs, Promise.all(later))]);
  }

  /** Another number whenever a token came or went, somebody logged in or out, or a token was worked on alone. */
  get version(): number {
    return this.#version;
  }

  /** Every token that is in, as last seen. */
  present(): readonly PresentToken[] {
    return [...this.#watches.values()].flatMap((watch) => presentIn(watch));
  }

  lastSeenAt(id: string): number | undefined {
    return this.#lastSeen.get(id);
  }

  /** The token as it is this moment, flags and all. Errors: not-present (known, but not in), not-found, module-… */
  async find(id: string): Promise<TokenInUse> {
    const vault = this.#vaultOrThrow();
    const known = this.present().find((token) => token.id === id);
    if (known !== undefined) await known.watch.freshLook();
    let token = this.present().find((candidate) => candidate.id === id);
    if (token === undefined) {
      await this.lookAll(FIRST_LOOK_MS);
      token = this.present().find((candidate) => candidate.id === id);
    }
    if (token !== undefined) return inUse(token);
    const instance = await findInstance(vault.read, id);
    if (instance === undefined && !this.#lastSeen.has(id))
      throw new KeysteadError("tokens/not-found", "No token that is in, or known here, is this one.", { id });
    throw new KeysteadError(
      "tokens/not-present",
      `The token ${instance?.name ?? instance?.label ?? ""} is not in. Insert it and try again.`.replace("  ", " "),
      { id },
    );
  }

  /**
   * Work that leaves the login as it is: others may work on the token meanwhile. With `until`, a call's `settled`, nobody is alone
   * with the token before what came of the work is on record; an `undo` then asks for no turn.
   */
  async shared<T>(id: string, work: (token: TokenInUse) => Promise<T>, until?: Promise<void>): Promise<T> {
    return this.#turnsOf(id).shared(async () => this.#attempt(await this.find(id), work), until);
  }

  /** As `shared`, on the token as it was last seen: for work whose failure tells when that is no longer so. */
  async sharedAsSeen<T>(id: string, work: (token: TokenInUse) => Promise<T>): Promise<T> {
    return this.#turnsOf(id).shared(async () => {
      const seen = this.present().find((token) => token.id === id);
      return this.#attempt(seen === undefined ? await this.find(id) : await inUse(seen), work);
    });
  }

  /** Work that changes who is logged in, or what is on the token: alone with it, and with `until` up to the record of it. */
  async exclusive<T>(id: string, work: (token: TokenInUse) => Promise<T>, until?: Promise<void>): Promise<T> {
    this.#version += 1;
    return this.#turnsOf(id).exclusive(async () => this.#attempt(await this.find(id), work), until);
  }

  async #attempt<T>(token: TokenInUse, work: (token: TokenInUse) => Promise<T>): Promise<T> {
    try {
      return await work(token);
    } catch (error) {
      // Whatever a failed call says about it, whether the token is still in is for the next look to find.
      if (isKeysteadError(error) && error.kind === "outside") void token.watch.freshLook();
      throw error;
    }
  }

  #turnsOf(id: string): TokenTurns {
    let turns = this.#turns.get(id);
    if (turns === undefined) {
      turns = new TokenTurns();
      this.#turns.set(id, turns);
    }
    return turns;
  }

  /** A look has found something else: remember who was seen. */
  #seen(): void {
    const now = this.#parts.clock.now();
    const present = new Map(this.present().map((token) => [token.id, token]));
    for (const id of present.keys()) this.#lastSeen.set(id, now);
    this.logins.seen(present);
    this.#changed();
  }

  #changed(): void {
    this.#version += 1;
    this.#parts.onChange();
  }

  #vaultOrThrow(): OpenVault {
    if (this.#vault === undefined)
      throw new KeysteadError("vault/locked", "The vault is locked. Unlock it and try again.");
    return this.#vault;
  }

  #bug(error: unknown): void {
    this.#parts.logBug(randomId().slice(0, 8), error);
  }
}
