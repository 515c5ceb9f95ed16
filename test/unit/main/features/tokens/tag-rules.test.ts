import { describe, expect, it } from "vitest";
import { assertTags, hasTags, type Tag } from "#main/features/tokens/tag-rules.ts";

const refused = (...tags: readonly Tag[]): string => {
  try {
    assertTags(tags);
    return "";
  } catch (error) {
    return (error as Error).message;
  }
};

describe("assertTags", () => {
  it.each([
    { key: "a", value: "" },
    { key: "k".repeat(128), value: "v".repeat(255) },
    { key: "部门", value: "Prüfung नमस्ते 1" },
    { key: "a_.:/=+-@b c", value: "_.:/=+-@" },
    { key: "sys_", value: "x" },
    { key: "𐐷".repeat(128), value: "" },
  ])("T01 takes %o", (tag) => {
    expect(refused(tag)).toBe("");
  });

  it.each([
    [{ key: "", value: "" }, "1 to 128"],
    [{ key: "k".repeat(129), value: "" }, "1 to 128"],
    [{ key: "k", value: "v".repeat(256) }, "at most 255"],
    [{ key: " k", value: "" }, "space"],
    [{ key: "k", value: "v " }, "space"],
    [{ key: "_sys_k", value: "" }, "reserved"],
    [{ key: "k#", value: "" }, "allowed"],
    [{ key: "k", value: "a\nb" }, "allowed"],
    [{ key: "k", value: "<b>" }, "allowed"],
  ])("T01 refuses %o", (tag, why) => {
    expect(refused(tag)).toContain(why);
  });

  it("T01 takes one value a key, and says which tag is wrong", () => {
    expect(refused({ key: "a", value: "1" }, { key: "A", value: "2" })).toBe("");
    expect(refused({ key: "a", value: "1" }, { key: "a", value: "2" })).toContain("Tag 2: the key “a” stands twice");
  });
});

describe("searching by tags", () => {
  const tags = [
    { key: "env", value: "prod" },
    { key: "site", value: "" },
  ];
  it.each([
    ["nothing", [], true],
    ["a key", [{ key: "env" }], true],
    ["a key and its value", [{ key: "env", value: "prod" }], true],
    ["an empty value", [{ key: "site", value: "" }], true],
    ["another value", [{ key: "env", value: "dev" }], false],
    ["an empty value where there is one", [{ key: "env", value: "" }], false],
    ["a part of a value", [{ key: "env", value: "pro" }], false],
    ["another case", [{ key: "Env" }], false],
    ["all of several", [{ key: "env", value: "prod" }, { key: "site" }], true],
    ["all but one of several", [{ key: "env", value: "prod" }, { key: "floor" }], false],
    [
      "two values of one key",
      [
        { key: "env", value: "prod" },
        { key: "env", value: "dev" },
      ],
      false,
    ],
  ])("H13 T02 for %s", (_what, wanted, found) => {
    expect(hasTags(tags, wanted)).toBe(found);
  });
});
