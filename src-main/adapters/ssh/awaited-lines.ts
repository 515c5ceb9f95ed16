import type { InputAnswer } from "#main/features/servers/ssh-port.ts";

/** Looks in a command's output, however it is cut into pieces, for the first of the lines that are to be answered. */
export class AwaitedLines {
  readonly #answers: readonly InputAnswer[];
  readonly #longest: number;
  #tail = "";
  #over = false;

  constructor(answers: readonly InputAnswer[]) {
    this.#answers = answers;
    this.#longest = Math.max(0, ...answers.map(({ line }) => line.length));
  }

  /** What to answer now; given once. */
  push(chunk: Buffer): string | undefined {
    if (this.#over) return undefined;
    const text = this.#tail + chunk.toString("latin1");
    const [found] = this.#answers
      .map(({ line, stdin }) => ({ at: text.indexOf(line), stdin }))
      .filter(({ at }) => at >= 0)
      .sort((one, other) => one.at - other.at);
    this.#tail = text.slice(-this.#longest);
    if (found === undefined) return undefined;
    this.#over = true;
    return found.stdin;
  }
}
