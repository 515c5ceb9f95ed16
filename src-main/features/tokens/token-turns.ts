/**
 * Who may use a token at the same time (C12). Login belongs to the token, not to a caller (C10): whoever changes it must be
 * alone, everybody else shares. In the order asked, so that neither side starves the other.
 */
export class TokenTurns {
  /** What the next shared user waits for: the last one who wanted to be alone. */
  #alone: Promise<unknown> = Promise.resolve();
  /** What the next one who wants to be alone waits for. */
  #everybody: Promise<unknown> = Promise.resolve();

  shared<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#alone.then(work);
    this.#everybody = Promise.all([this.#everybody, mine.catch(() => undefined)]);
    return mine;
  }

  exclusive<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#everybody.then(work);
    this.#alone = mine.catch(() => undefined);
    this.#everybody = this.#alone;
    return mine;
  }

  /** Resolves when everybody who has asked so far is done. */
  settled(): Promise<unknown> {
    return this.#everybody;
  }
}
