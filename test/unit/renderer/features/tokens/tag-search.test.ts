import { describe, expect, it } from "vitest";
import { knownTags, tagCode, tagsQuery, tagText, wantedTags } from "#renderer/features/tokens/tag-search.ts";
import type { TokenView } from "#shared/models/token.ts";

const tagged = (...tags: { key: string; value: string }[]) => ({ instance: { tags } }) as unknown as TokenView;

describe("tags in an address", () => {
  it("H13 T02 come back as they went in, values with = and spaces too", () => {
    const tags = [{ key: "env" }, { key: "a=b", value: "c = d" }, { key: "empty", value: "" }];
    expect(wantedTags(tagsQuery(tags.map(tagCode)))).toEqual(tags);
  });

  it("H13 T02 are twenty at most, each once", () => {
    const codes = Array.from({ length: 30 }, (_, index) => `k${index % 25}`);
    expect(wantedTags(codes.join(","))).toHaveLength(20);
    expect(wantedTags("a,a,,b")).toEqual([{ key: "a" }, { key: "b" }]);
  });

  it("H13 offer what the tokens have: every key with any value, and with each", () => {
    const tokens = [
      tagged({ key: "env", value: "prod" }, { key: "a", value: "" }),
      tagged({ key: "env", value: "dev" }),
    ];
    expect(knownTags([...tokens, {} as TokenView])).toEqual([
      { key: "a" },
      { key: "a", value: "" },
      { key: "env" },
      { key: "env", value: "dev" },
      { key: "env", value: "prod" },
    ]);
    expect(tagText({ key: "a", value: "" })).toBe("a");
    expect(tagText({ key: "env", value: "dev" })).toBe("env = dev");
  });
});
