/** One line of `npm run bench`. `ratio` is value ÷ baseline; `goal` says in words what `met` judges. */
export interface Line {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly baseline: number;
  readonly ratio: number;
  readonly goal: string;
  readonly met: boolean;
  readonly note?: string;
}

export interface Bench {
  readonly name: string;
  /** Why it cannot run here, if so: told, never passed over. */
  unavailable?(): string | undefined;
  run(): Promise<readonly Line[]>;
}

export function median(samples: readonly number[]): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/** Milliseconds that `work` takes. */
export async function timed(work: () => unknown): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** Both sides in turn, so that a disturbance of the machine hits both; medians of `rounds`. */
export async function sideBySide(
  rounds: number,
  ours: () => unknown,
  theirs: () => unknown,
): Promise<{ readonly ours: number; readonly theirs: number }> {
  const mine: number[] = [];
  const others: number[] = [];
  for (let round = 0; round < rounds; round++) {
    others.push(await timed(theirs));
    mine.push(await timed(ours));
  }
  return { ours: median(mine), theirs: median(others) };
}

const round = (value: number) => Number(value.toPrecision(4));

export function line(
  name: string,
  value: number,
  unit: string,
  baseline: number,
  goal: string,
  met: boolean,
  note?: string,
): Line {
  return {
    name,
    value: round(value),
    unit,
    baseline: round(baseline),
    ratio: round(value / baseline),
    goal,
    met,
    ...(note === undefined ? {} : { note }),
  };
}
