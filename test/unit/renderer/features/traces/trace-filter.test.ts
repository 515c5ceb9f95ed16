import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  isResourceId,
  TIME_PRESETS,
  TRACE_FILTER_KEYS,
  type TraceFilter,
  traceParams,
} from "#renderer/features/traces/trace-filter.ts";
import { audit } from "#shared/contract/audit.ts";

const NOW = Date.UTC(2026, 10, 22);

function makeFilter(some: Partial<TraceFilter>): TraceFilter {
  const empty = Object.fromEntries(TRACE_FILTER_KEYS.map((key) => [key, ""]));
  return { ...empty, ...some } as TraceFilter;
}

describe("trace filter", () => {
  it("A02 hides reads until they are asked for", () => {
    expect(traceParams(makeFilter({}), NOW)).toEqual({ effect: "change" });
    expect(traceParams(makeFilter({ reads: "shown" }), NOW)).toEqual({});
  });

  it("A02 counts a preset back from now and takes a custom range as it is", () => {
    expect(traceParams(makeFilter({ time: "day", from: "1" }), NOW).from).toBe(NOW - TIME_PRESETS.day);
    const custom = traceParams(makeFilter({ time: "custom", from: "1000", to: "2000" }), NOW);
    expect([custom.from, custom.to]).toEqual([1000, 2000]);
  });

  it("A02 knows a text that is no resource id as one that matches nothing, as the contract does", () => {
    const taken = (resourceId: string) => audit.list.params.safeParse({ resourceId }).success;
    for (const text of ["not an id", "ä", "a/b", "x".repeat(65), "", "5f2c9a1e-0b7d-4c1e-9a55-0d6f1f1b2c3d", "a_B-9"])
      expect([text, isResourceId(text)]).toEqual([text, taken(text)]);
    expect(traceParams(makeFilter({ resource: " a_B-9\n" }), NOW).resourceId).toBe("a_B-9");
  });

  it("A02 makes parameters the contract takes of whatever stands in the address", () => {
    const values = fc.record(
      Object.fromEntries(TRACE_FILTER_KEYS.map((key) => [key, fc.string({ maxLength: 400 })])) as Record<
        (typeof TRACE_FILTER_KEYS)[number],
        fc.Arbitrary<string>
      >,
    );
    fc.assert(
      fc.property(values, (filter) => {
        expect(audit.list.params.safeParse(traceParams(filter, NOW)).success).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});
