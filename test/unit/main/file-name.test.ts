import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fileNameOf } from "#main/file-name.ts";
import { name } from "#shared/models/text.ts";

describe("key file names", () => {
  it.each([
    ["web server", "", "web_server"],
    ["../../etc/passwd", "", "etc_passwd"],
    ["..", ".pem", "key.pem"],
    [".hidden", "", "hidden"],
    ["-rf", "", "rf"],
    ["a/b\\c:d", "", "a_b_c_d"],
    ["$(reboot); `x` | y", "", "reboot_x_y"],
    ["密钥 一", ".ppk", "密钥_一.ppk"],
    ["😀", "", "key"],
    ["key.v1-2_3", ".pem", "key.v1-2_3.pem"],
  ])("P05 %s%s becomes %s", (given, ending, expected) => {
    expect(fileNameOf(given, ending)).toBe(expected);
  });

  it("P05 any name people may give becomes one that any file system takes, and stays in its folder", () => {
    const given = fc
      .string({ minLength: 1, maxLength: 255, unit: "binary" })
      .filter((text) => name.safeParse(text).success);
    fc.assert(
      fc.property(given, fc.constantFrom("", ".pem", ".ppk", ".pub"), (text, ending) => {
        const file = fileNameOf(text, ending);
        return (
          Buffer.byteLength(file) <= 255 &&
          file.isWellFormed() &&
          !/[/\\\0:*?"<>|\s]/.test(file) &&
          !/^[.-]/.test(file) &&
          file !== ending
        );
      }),
      { numRuns: 1000 },
    );
  });

  it("P05 long names in wide scripts are cut between characters", () => {
    for (const character of ["密", "𠀀", "é"]) {
      const file = fileNameOf(`a${character.repeat(127)}`, ".pem");
      expect(Buffer.byteLength(file)).toBeLessThanOrEqual(255);
      expect(file).toBe(`a${character.repeat([...file].length - 5)}.pem`);
    }
  });
});
