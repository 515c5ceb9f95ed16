import type { PerformanceFigure } from "#shared/models/token.ts";

export interface Bar {
  readonly kind: "measured" | "reference";
  readonly callers: number;
  readonly perSecond: number;
  /** Length against the longest bar of its group, 0 to 100. */
  readonly percent: number;
  readonly note?: string;
}

export interface BarGroup {
  readonly name: string;
  readonly bars: readonly Bar[];
  /** Best figure measured against the platinum edition, in percent. */
  readonly ofReference?: number;
}

/** One group a figure, each on a scale of its own: signing and verifying differ by a factor of twenty. */
export function barGroups(figures: readonly PerformanceFigure[]): readonly BarGroup[] {
  return [...Map.groupBy(figures, (figure) => figure.name)].map(([name, own]) => {
    const reference = own.find((figure) => figure.reference !== undefined)?.reference;
    const best = Math.max(...own.map((figure) => figure.perSecond));
    const longest = Math.max(best, reference ?? 0, 1);
    const percent = (perSecond: number) => Math.round((perSecond / longest) * 1000) / 10;
    return {
      name,
      bars: [
        ...own.map((figure) => ({
          kind: "measured" as const,
          callers: figure.callers,
          perSecond: figure.perSecond,
          percent: percent(figure.perSecond),
          ...(figure.note === undefined ? {} : { note: figure.note }),
        })),
        ...(reference === undefined
          ? []
          : [{ kind: "reference" as const, callers: 0, perSecond: reference, percent: percent(reference) }]),
      ],
      ...(reference === undefined ? {} : { ofReference: Math.round((best / reference) * 100) }),
    };
  });
}
