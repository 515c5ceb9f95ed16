import { rmSync, statSync } from "node:fs";
import { z } from "zod";
import { writeFileAtomic } from "#main/adapters/files/atomic-write.ts";
import { systemCode } from "#main/adapters/files/file-trouble.ts";
import { appendPlainFile, readPlainFile } from "#main/adapters/files/plain-file.ts";
import type { Clock } from "#main/clock.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";

/** Beyond this the lines are counted together: nobody can fill the disk by knocking, nor drown what others have done. */
const NOTE_MAX_BYTES = 65_536;
/** More than the note ever holds: whoever made it so was not Keystead. */
const READ_MAX_BYTES = 1_048_576;
/** Operations, codes and doors are few; more kinds than these were written by somebody else. */
const KINDS_MAX = 200;

const line = z.object({
  operation: z.string().max(80),
  code: z.string().max(80),
  door: z.string().max(20),
  time: z.number(),
  /** Of several counted together, whose first was at `time`. */
  count: z.int().positive().default(1),
  last: z.number().optional(),
});

/** Refusals of one kind; times in milliseconds since the epoch. */
export interface Refusals {
  readonly operation: string;
  readonly code: string;
  readonly door: string;
  readonly count: number;
  readonly first: number;
  readonly last: number;
}

export interface Noted {
  readonly refusals: readonly Refusals[];
  /** There is something that cannot be read, or more than it can hold: there were at least these. */
  readonly incomplete: boolean;
}

/**
 * While the vault is locked its traces cannot be written, so each refusal is noted beside it and traced at the next unlock. The
 * note is not authenticated and says only what it says.
 */
export class RefusalNote {
  readonly #file: string;
  readonly #clock: Clock;

  constructor(file: string, clock: Clock) {
    this.#file = file;
    this.#clock = clock;
  }

  /** One refusal, durably. Error: `vault/disk-failed`. */
  add(operation: string, code: string, door: string): void {
    try {
      if ((statSync(this.#file, { throwIfNoEntry: false })?.size ?? 0) > NOTE_MAX_BYTES) this.#countTogether();
      const entry = JSON.stringify({ time: this.#clock.now(), operation, code, door });
      appendPlainFile(this.#file, `${entry}\n`);
    } catch (cause) {
      throw new KeysteadError(
        "vault/disk-failed",
        "The request was refused, and the refusal could not be noted beside the vault. Check the disk's space and the folder's permissions.",
        { file: this.#file },
        { cause },
      );
    }
  }

  /** What was noted since the last unlock. Never throws: the note must not keep anybody out. */
  read(): Noted {
    let text: string | undefined;
    try {
      text = this.#text();
    } catch {
      return { refusals: [], incomplete: true };
    }
    return text === undefined ? { refusals: [], incomplete: false } : tallied(text);
  }

  /** Once they are traced. What is in its place and no file of ours stays, and is told of again. */
  clear(): void {
    try {
      rmSync(this.#file, { force: true });
    } catch (error) {
      console.error("Keystead: the note of refusals could not be removed:", error);
    }
  }

  #countTogether(): void {
    const { refusals } = this.read();
    const lines = refusals.map(({ first, ...rest }) => JSON.stringify({ time: first, ...rest }));
    writeFileAtomic(this.#file, Buffer.from(lines.map((each) => `${each}\n`).join("")), 0o600);
  }

  /** `undefined` when there is none. Throws for what is no file of ours. */
  #text(): string | undefined {
    try {
      return readPlainFile(this.#file, READ_MAX_BYTES).toString("utf8");
    } catch (error) {
      if (systemCode(error) === "ENOENT") return undefined;
      throw error;
    }
  }
}

function tallied(text: string): Noted {
  const kinds = new Map<string, Refusals>();
  let incomplete = false;
  for (const written of text.split("\n")) {
    if (written === "") continue;
    const entry = parsed(written);
    if (entry === undefined) {
      incomplete = true;
      continue;
    }
    const { operation, code, door, count, time, last = time } = entry;
    const name = JSON.stringify([operation, code, door]);
    const before = kinds.get(name);
    if (before === undefined && kinds.size >= KINDS_MAX) incomplete = true;
    else
      kinds.set(name, {
        ...{ operation, code, door },
        count: (before?.count ?? 0) + count,
        first: Math.min(before?.first ?? time, time),
        last: Math.max(before?.last ?? last, last),
      });
  }
  return { refusals: [...kinds.values()], incomplete };
}

function parsed(written: string): z.infer<typeof line> | undefined {
  try {
    return line.safeParse(JSON.parse(written)).data;
  } catch {
    // A line that a crash has cut in the middle.
    return undefined;
  }
}
