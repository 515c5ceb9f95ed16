import { describe, expect, it } from "vitest";
import { includesText, searchRank } from "#renderer/components/text-search.ts";

describe("text search", () => {
  it("P06 finds every word in any field, whatever case or accent", () => {
    expect(includesText("WEB 10.0", "web-1", "10.0.0.7", undefined)).toBe(true);
    expect(includesText("zürich", "Zurich front")).toBe(true);
    expect(includesText("web 11", "web-1", "10.0.0.7")).toBe(false);
    expect(includesText("", undefined)).toBe(true);
  });
});

describe("search rank", () => {
  it("G01 puts what begins with the words first, then a word that does, then the rest, when typed in any case", () => {
    const labels = ["gateway-cobweb", "key-for-web", "Web-1 · 192.0.2.1"];
    expect(labels.map((label) => searchRank(label, " WEB "))).toEqual([2, 1, 0]);
  });
});
