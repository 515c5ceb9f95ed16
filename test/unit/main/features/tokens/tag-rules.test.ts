import { describe, expect, it } from "vitest";
import { assertTags, type Tag } from "#main/features/tokens/tag-rules.ts";

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
