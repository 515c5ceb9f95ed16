import { describe, expect, it } from "vitest";
import { failedTrace, type TracedCall } from "#main/dispatch/trace-draft.ts";
import { operations } from "#shared/contract/index.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { RESOURCE_TYPES } from "#shared/trace-resources.ts";

describe("trace of a refused call", () => {
  it("A02 is found by the type of what it was about, whatever the operation", () => {
    const error = new KeysteadError("access/denied", "You may not.").toJSON();
    for (const entry of operations) {
      const call = {
        caller: { door: "test" },
        session: undefined,
        entry,
        params: {},
        time: 0,
      } as unknown as TracedCall;
      expect(RESOURCE_TYPES).toContain(failedTrace(call, error).resourceType);
    }
  });
});
