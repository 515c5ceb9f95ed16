import { describe, expect, it } from "vitest";
import { isPlainComment, toPlainComment } from "#main/crypto/plain-comment.ts";

describe("a key's comment", () => {
  it.each(["two\nlines", 'quo"te', "\0", "a\u0085b", "a\u2028b"])("P02 B21 is not plain with %j", (comment) => {
    expect(isPlainComment(comment)).toBe(false);
    expect(isPlainComment(toPlainComment(comment))).toBe(true);
  });

  it("P02 B21 keeps what a foreign file says, without what could break out of a line", () => {
    expect(toPlainComment('two  words\t"x"\u2028\n')).toBe("two  wordsx");
    expect(toPlainComment("x".repeat(2_000))).toHaveLength(1_024);
  });
});
