import { describe, expect, it } from "vitest";
import { barGroups } from "#renderer/features/tokens/performance-bars.ts";

describe("performance bars", () => {
  it("H12 puts one and many callers beside the platinum edition, longest bar full", () => {
    const [group] = barGroups([
      { name: "RSA-2048 sign", callers: 1, perSecond: 300, reference: 1500 },
      { name: "RSA-2048 sign", callers: 4, perSecond: 750, reference: 1500 },
    ]);
    expect(group?.bars.map((bar) => [bar.kind, bar.callers, bar.percent])).toEqual([
      ["measured", 1, 20],
      ["measured", 4, 50],
      ["reference", 0, 100],
    ]);
    expect(group?.ofReference).toBe(50);
  });

  it("H12 keeps a figure that is nought with its reason, and one without a reference", () => {
    const groups = barGroups([
      { name: "RSA", callers: 1, perSecond: 0, reference: 1500, note: "cannot" },
      { name: "AES", callers: 1, perSecond: 10 },
    ]);
    expect(groups[0]?.bars[0]).toMatchObject({ percent: 0, note: "cannot" });
    expect(groups[1]).toMatchObject({ name: "AES", bars: [{ percent: 100 }] });
    expect(groups[1]).not.toHaveProperty("ofReference");
  });
});
