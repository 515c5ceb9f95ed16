import type { Clock } from "#main/clock.ts";
import { isKeysteadError } from "#shared/errors/keystead-error.ts";
import { findByRef } from "./object-ref.ts";
import type { SignPlan } from "./sign-plan.ts";
import type { TokenInUse } from "./token-in-use.ts";
import { type OnToken, readObjects } from "./token-objects.ts";
import type { TokenService } from "./token-service.ts";
import { keyBehind, type PublicHalf, publicHalfOf, type TokenKey } from "./token-signing.ts";

/** A private key that was found on its token a moment ago. */
export interface KeyInUse extends TokenKey {
  readonly object: OnToken;
  readonly publicHalf: PublicHalf;
  /** What has been chosen for this key, and has shown that it works: by wish. */
  readonly plans: Map<string, SignPlan>;
}

interface Kept {
  readonly key: KeyInUse;
  readonly version: number;
  readonly generation: number;
  readonly foundAt: number;
}

/** A key is looked for anew after this long, however quiet everything was: another program may have changed the token. */
const KEEP_MS = 2_000;
const KEEP_MOST = 64;

/** Failures that mean: the key, its token or the login is not where it was a moment ago. */
const MOVED: readonly string[] = [
  "tokens/object-not-found",
  "tokens/not-logged-in",
  "tokens/not-present",
  "tokens/removed",
];

/** Of a signature with a PIN: what fails here, fails after the PIN has been sent. */
const WITH_PIN: readonly string[] = ["C_Login", "C_Sign"];

/**
 * Keys that somebody signs with again and again: listing a token for each signature would cost more than the signature. A kept
 * handle is good for one start of the library and as long as nothing was seen to change (C29, C32); where it fails for a reason
 * that another search may mend, the search is made once.
 */
export class KeysInUse {
  readonly #service: TokenService;
  readonly #clock: Clock;
  readonly #kept = new Map<string, Kept>();

  constructor(service: TokenService, clock: Clock) {
    this.#service = service;
    this.#clock = clock;
    service.onEnd(() => this.#kept.clear());
  }

  /**
   * `work` may run twice; with a `pin` only where that has not been sent yet, for none is sent a second time by itself (C14).
   * Errors: those of finding a token and a key, not-logged-in, and what `work` rejects with.
   */
  async use<T>(
    { id, ref, pin }: { readonly id: string; readonly ref: string; readonly pin?: string | undefined },
    work: (token: TokenInUse, key: KeyInUse) => Promise<T>,
  ): Promise<T> {
    const name = `${id} ${ref}`;
    const kept = this.#fresh(name);
    if (kept !== undefined) {
      try {
        return await this.#service.sharedAsSeen(id, (token) => {
          if (token.module.generation === kept.generation) return work(token, kept.key);
          return this.#search(token, name, ref, work);
        });
      } catch (error) {
        if (!isKeysteadError(error) || !MOVED.includes(error.code)) throw error;
        if (pin !== undefined && WITH_PIN.includes(String(error.details.call))) throw error;
        this.#kept.delete(name);
      }
    }
    return this.#service.shared(id, (token) => this.#search(token, name, ref, work));
  }

  #fresh(name: string): Kept | undefined {
    const kept = this.#kept.get(name);
    const old = kept === undefined || this.#clock.monotonic() - kept.foundAt > KEEP_MS;
    return old || kept.version !== this.#service.version ? undefined : kept;
  }

  async #search<T>(
    token: TokenInUse,
    name: string,
    ref: string,
    work: (token: TokenInUse, key: KeyInUse) => Promise<T>,
  ): Promise<T> {
    const { version } = this.#service;
    const { generation } = token.module;
    const foundAt = this.#clock.monotonic();
    await this.#service.logins.requireUser(token);
    const all = await readObjects(token);
    const found = keyBehind(findByRef(ref, all), all);
    const key = { ...found, publicHalf: publicHalfOf(found.object, all), plans: new Map<string, SignPlan>() };
    if (this.#kept.size >= KEEP_MOST) this.#kept.clear();
    this.#kept.set(name, { key, version, generation, foundAt });
    return work(token, key);
  }
}
