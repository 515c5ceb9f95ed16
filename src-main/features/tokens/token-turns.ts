/**
 * Who may use a token at the same time (C12). Login belongs to the token, not to a caller (C10): whoever changes it must be
 * alone, everybody else shares. In the order asked, so that neither side starves the other.
 *
 * A turn may last beyond its work, until what came of it is on record (`until`): then the next one finds both or neither. In that
 * time whoever has it must not ask for another turn of the same token, which would wait for this one.
 */
export class TokenTurns {
  /** What the next shared user waits for: the last one who wanted to be alone. */
  #alone: Promise<unknown> = Promise.resolve();
  /** What the next one who wants to be alone waits for. */
  #everybody: Promise<unknown> = Promise.resolve();
  /** All work asked for so far, without what is on its way to the record. */
  #working: Promise<unknown> = Promise.resolve();

  shared<T>(work: () => Promise<T>, until?: Promise<void>): Promise<T> {
    const mine = this.#alone.then(work);
    this.#everybody = Promise.all([this.#everybody, over(mine, until)]);
    this.#asked(mine);
    return mine;
  }

  exclusive<T>(work: () => Promise<T>, until?: Promise<void>): Promise<T> {
    const mine = this.#everybody.then(work);
    this.#alone = over(mine, until);
    this.#everybody = this.#alone;
    this.#asked(mine);
    return mine;
  }

  /** Resolves when all work asked for so far is done. Not what it waits for besides, which may wait for whoever asks here. */
  settled(): Promise<unknown> {
    return this.#working;
  }

  #asked(work: Promise<unknown>): void {
    this.#working = Promise.all([this.#working, over(work)]);
  }
}

/** Work that fails has nothing to be put on record. */
async function over(work: Promise<unknown>, until?: Promise<void>): Promise<void> {
  try {
    await work;
    await until;
  } catch {
    // Whoever asked for the work learns of it.
  }
}
