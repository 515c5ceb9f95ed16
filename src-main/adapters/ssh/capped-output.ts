/** Collects a command's output up to a limit, so that a flood cannot fill memory. */
export class CappedOutput {
  readonly #limit: number;
  #chunks: Buffer[] = [];
  #length = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** False when the limit is passed; nothing is kept from then on. */
  push(chunk: Buffer): boolean {
    this.#length += chunk.length;
    if (this.#length > this.#limit) {
      this.#chunks = [];
      return false;
    }
    this.#chunks.push(chunk);
    return true;
  }

  take(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}
