import { describe, expect, it } from "vitest";
import { includesText } from "#renderer/components/text-search.ts";

describe("text search", () => {
  it("P06 finds every word in any field, whatever case or accent", () => {
    expect(includesText("WEB 10.0", "web-1", "10.0.0.7", undefined)).toBe(true);
    expect(includesText("zürich", "Zurich front")).toBe(true);
    expect(includesText("web 11", "web-1", "10.0.0.7")).toBe(false);
    expect(includesText("", undefined)).toBe(true);
  });
});
