import type { SecretBytes } from "#main/crypto/secret-bytes.ts";
import { isKeysteadError } from "#shared/errors/keystead-error.ts";
import type { SlotWithToken } from "./slot-shapes.ts";
import type { TokenAnswered, TokenSlotOpener } from "./token-slot.ts";
import type { UnlockFailures } from "./unlock-failures.ts";

export interface TokenQuestion {
  /** Whichever of these has its token in. */
  readonly slots: readonly SlotWithToken[];
  readonly pin: SecretBytes;
  readonly acceptFinalTry: boolean;
}

/**
 * Asks registered tokens, one question at a time, so that each sees what the last one did. Never inside the vault's own turn: a
 * library that hangs must not keep anybody from locking.
 */
export class TokenQuestions {
  readonly #failures: UnlockFailures;
  readonly #opener: TokenSlotOpener;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(failures: UnlockFailures, opener: TokenSlotOpener) {
    this.#failures = failures;
    this.#opener = opener;
  }

  /** `use` gets what the token has told, which is wiped after it. Errors: tokens/…, access/too-many-attempts. */
  ask<T>(question: () => TokenQuestion, use: (told: TokenAnswered) => Promise<T>): Promise<T> {
    return this.#inTurn(async () => {
      this.#failures.refuseHaste();
      const told = await this.#answer(question());
      using _secret = told.secret;
      return await use(told);
    });
  }

  /** The same of several tokens that must all be in. */
  askEach<T>(
    questions: () => readonly TokenQuestion[],
    use: (told: readonly TokenAnswered[]) => Promise<T>,
  ): Promise<T> {
    return this.#inTurn(async () => {
      this.#failures.refuseHaste();
      using told = new DisposableStack();
      const answers: TokenAnswered[] = [];
      for (const question of questions()) {
        const answer = await this.#answer(question);
        told.use(answer.secret);
        answers.push(answer);
      }
      return await use(answers);
    });
  }

  /** Counts what may have been a wrong PIN: some tokens never lock (C14), so the wait is what slows a guesser down. */
  async #answer({ slots, pin, acceptFinalTry }: TokenQuestion): Promise<TokenAnswered> {
    try {
      return await this.#opener.openTokenSlot(slots, pin, { acceptFinalTry });
    } catch (error) {
      if (isKeysteadError(error) && error.details.pinMayHaveCounted === true) this.#failures.wrongPassword();
      throw error;
    }
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work);
    this.#turn = mine.catch(() => undefined);
    return mine;
  }
}
