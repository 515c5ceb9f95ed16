import { describe, expect, it } from "vitest";
import { remedyAction, remedySeverity } from "#renderer/components/remedy.ts";
import { ERROR_CODES, type Remedy } from "#shared/errors/codes.ts";
import { en } from "#shared/lang/en.ts";

const remedies = [...new Set(Object.values(ERROR_CODES).map((facts) => facts.remedy as Remedy))];

describe("remedies", () => {
  it("G01 knows what to offer and has a sentence for the remedy of every error code", () => {
    for (const remedy of remedies) {
      expect(["retry", "unlock", "enter-pin", "copy-report", "none"]).toContain(remedyAction(remedy));
      expect(["warning", "error"]).toContain(remedySeverity(remedy));
      expect(en.errors.remedy[remedy]).toMatch(/\.$/);
    }
  });

  it("G01 offers another try only where one can help", () => {
    expect(remedyAction("check-server")).toBe("retry");
    expect(remedyAction("restore-backup")).toBe("none");
    expect(remedyAction("correct-input")).toBe("none");
    expect(remedyAction("report")).toBe("copy-report");
    expect(remedyAction("reinsert")).toBe("retry");
    expect(remedyAction("enter-pin")).toBe("enter-pin");
  });
});
