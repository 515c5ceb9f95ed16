import { describe, expect, it } from "vitest";
import { suggestedInstanceName } from "#renderer/features/tokens/instance-name.ts";

describe("suggested name of an instance", () => {
  it.each([
    ["Büro-1", "Buero-1"],
    ["Bu\u0308ro-1", "Buero-1"],
    ["Crème brûlée", "Creme-brulee"],
    ["Straße Nr. 4", "Strasse-Nr-4"],
    ["令牌", ""],
    ["令牌 7", "7"],
    ["x".repeat(80), "x".repeat(64)],
  ])("H02 makes of the label %j the name %j", (label, name) => {
    expect(suggestedInstanceName(label)).toBe(name);
  });
});
