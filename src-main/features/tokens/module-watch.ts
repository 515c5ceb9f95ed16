import type { Clock } from "#main/clock.ts";
import { isKeysteadError, KeysteadError } from "#shared/errors/keystead-error.ts";
import type { TokenModuleView } from "#shared/models/token.ts";
import type { SlotInfo, TokenModule, TokenModules } from "./token-port.ts";
import type { ModuleRow } from "./token-repository.ts";

/**
 * C27: a token must be noticed within two seconds. Looking for one costs nothing; reading one that is in keeps a slow card busy,
 * and some libraries lock themselves out when it is pulled just then.
 */
const LOOK_FOR_MS = 200;
const LOOK_AT_MS = 700;
/** A library that fails is asked again after this long, twice as long each time, up to the last. */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 60_000;
/** Only a library whose process does not run is given a rest: any other refusal may be over with the next look. */
const DEAD: readonly string[] = [
  "tokens/module-not-found",
  "tokens/module-unloadable",
  "tokens/module-not-pkcs11",
  "tokens/module-crashed",
  "tokens/module-hung",
];
/** How long a crash that has been survived is still told. */
const REMEMBERED_MS = 10 * 60_000;

export interface WatchParts {
  readonly clock: Clock;
  readonly modules: TokenModules;
  /** The picture is another one now. */
  readonly onChange: () => void;
  readonly logBug: (error: unknown) => void;
}

/** One library: started when first needed, looked at again and again, never trusted to answer. */
export class ModuleWatch {
  readonly row: ModuleRow;
  readonly #parts: WatchParts;
  #opening: Promise<TokenModule> | undefined;
  #module: TokenModule | undefined;
  #slots: readonly SlotInfo[] = [];
  #problem: KeysteadError | undefined;
  #problemAt = 0;
  #blind = false;
  #looking: Promise<void> | undefined;
  #looks = 0;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #pauseUntil = 0;
  #pause = FIRST_PAUSE_MS;
  #ended = false;

  constructor(row: ModuleRow, parts: WatchParts) {
    this.row = row;
    this.#parts = parts;
  }

  /** As last seen. */
  get slots(): readonly SlotInfo[] {
    return this.#slots;
  }

  /** Whether there is a picture at all, be it that of a library that does not start. */
  get seen(): boolean {
    return this.#looks > 0 || this.#problem !== undefined;
  }

  /** The last look leaves open which token is in the slot: it failed, or what is in there could not be read. */
  cannotTell(slotId: string): boolean {
    if (this.#blind) return true;
    const slot = this.#slots.find((each) => each.slotId === slotId);
    return slot?.token === undefined && slot?.flags.includes("TOKEN_PRESENT") === true;
  }

  get generation(): number {
    return this.#module?.generation ?? 0;
  }

  /** The running library. Errors: module-not-found, module-unloadable, module-not-pkcs11. */
  module(): Promise<TokenModule> {
    if (this.#opening === undefined) {
      const options = this.row.libraryParameters === null ? {} : { libraryParameters: this.row.libraryParameters };
      const opening = this.#parts.modules.open(this.row.path, options);
      this.#opening = opening;
      opening.then(
        (module) => {
          this.#module = module;
        },
        (error: unknown) => {
          // A library that could not be loaded may be there the next time somebody asks: it was installed meanwhile.
          this.#opening = undefined;
          this.#failed(error);
        },
      );
    }
    return this.#opening;
  }

  /** A look that began after this call. Never rejects: what went wrong is in `view().problem`. */
  async freshLook(): Promise<void> {
    await this.#looking;
    await this.look();
  }

  /** Looks at slots and tokens, or waits for the look under way. Never rejects. */
  look(): Promise<void> {
    if (this.#ended) return Promise.resolve();
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  /** The regular look, when it is time for one and no failing library is given a rest. */
  tick(): void {
    const now = this.#parts.clock.monotonic();
    const every = this.#slots.some((slot) => slot.token !== undefined) ? LOOK_AT_MS : LOOK_FOR_MS;
    if (now >= this.#pauseUntil && now - this.#lookedAt >= every) void this.look();
  }

  async #look(): Promise<void> {
    const before = this.#signature();
    this.#lookedAt = this.#parts.clock.monotonic();
    try {
      const module = await this.module();
      let slots = await module.slots();
      // C30: some libraries count no token at the very first time they are asked.
      if (this.#looks === 0 && !slots.some((slot) => slot.token !== undefined)) slots = await module.slots();
      this.#looks += 1;
      this.#slots = slots;
      this.#blind = false;
      this.#pause = FIRST_PAUSE_MS;
      this.#pauseUntil = 0;
      const survived = DEAD.includes(this.#problem?.code ?? "");
      if (!survived || this.#parts.clock.monotonic() - this.#problemAt > REMEMBERED_MS) this.#problem = undefined;
    } catch (error) {
      this.#failed(error);
    }
    if (!this.#ended && this.#signature() !== before) this.#parts.onChange();
  }

  #failed(error: unknown): void {
    if (!isKeysteadError(error)) this.#parts.logBug(error);
    this.#problem = isKeysteadError(error)
      ? error
      : new KeysteadError("tokens/failed", "The library did something Keystead does not understand. Restart it.");
    this.#problemAt = this.#parts.clock.monotonic();
    this.#slots = [];
    this.#blind = true;
    if (!DEAD.includes(this.#problem.code)) return;
    this.#pauseUntil = this.#parts.clock.monotonic() + this.#pause;
    this.#pause = Math.min(LONGEST_PAUSE_MS, this.#pause * 2);
  }

  /** A fresh process (C28). Rejects with what keeps it from starting. */
  async restart(): Promise<void> {
    if (this.#module === undefined) await this.module();
    else await this.#module.restart();
    // A look that the old process took along with it says nothing about the new one.
    await this.#looking;
    this.#problem = undefined;
    this.#pauseUntil = 0;
    this.#pause = FIRST_PAUSE_MS;
    this.#looks = 0;
    await this.look();
    const problem: KeysteadError | undefined = this.#problem;
    if (problem !== undefined) throw problem;
  }

  async end(): Promise<void> {
    this.#ended = true;
    this.#slots = [];
    try {
      const module = await this.#opening;
      await module?.close();
    } catch (error) {
      // It never started, or ended by itself: closed is what was wanted.
      if (!isKeysteadError(error)) throw error;
    }
  }

  view(): TokenModuleView {
    const { row } = this;
    const problem = this.#problem;
    const info = this.#module?.info;
    return {
      id: row.id,
      name: row.name,
      path: row.path,
      state: this.#module?.state ?? (problem === undefined ? "closed" : "failed"),
      ...(problem === undefined ? {} : { problem: { code: problem.code, message: problem.message } }),
      ...(info === undefined ? {} : { info: { ...info } }),
      addedAt: row.addedAt,
    };
  }

  #signature(): string {
    return JSON.stringify([this.#module?.state, this.#module?.generation, this.#problem?.code, this.#slots]);
  }
}
