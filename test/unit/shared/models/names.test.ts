import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LIMITS } from "#shared/limits.ts";
import { hostAddress, loginName, port } from "#shared/models/server.ts";
import { id, name, newPassword } from "#shared/models/text.ts";

const takes = (schema: { safeParse(value: unknown): { success: boolean } }) => (value: unknown) =>
  schema.safeParse(value).success;

describe("names people give", () => {
  it.each(["a", "Web 1", "Клавиша", "密钥", "it's “quoted”", "x".repeat(LIMITS.nameMax), "😀"])(
    "P01 takes %s",
    (text) => expect(takes(name)(text)).toBe(true),
  );
  it.each([
    ["nothing", ""],
    ["a blank in front", " a"],
    ["a blank behind", "a "],
    ["a line break", "a\nb"],
    ["a tab", "a\tb"],
    ["a null", "a\0b"],
    ["an escape", "a\u001b[31mb"],
    ["a C1 control", "a\u0085b"],
    ["a line separator", "a\u2028b"],
    ["a right-to-left override", "exe\u202egnp.txt"],
    ["an isolate", "a\u2066b"],
    ["a lone surrogate", "a\ud800b"],
    ["too much", "x".repeat(LIMITS.nameMax + 1)],
    ["a number", 1],
  ])("P01 refuses %s", (_what, text) => expect(takes(name)(text)).toBe(false));

  it("P01 whatever is taken comes back from a UTF-8 file as it was", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary" }),
        (text) => !takes(name)(text) || Buffer.from(text, "utf8").toString("utf8") === text,
      ),
      { numRuns: 1000 },
    );
  });
});

describe("addresses and logins", () => {
  it.each([
    "a",
    "host",
    "host.example.org",
    "192.0.2.1",
    "2001:db8::1",
    "fe80::1%eth0",
    "xn--bcher-kva.example",
    "h-1",
    "::1",
  ])("P06 takes the host %s", (text) => expect(takes(hostAddress)(text)).toBe(true));
  it.each([
    "",
    "-oProxyCommand=x",
    "a b",
    "a/b",
    "user@host",
    "host:22x",
    "a\nb",
    "[::1]",
    "$(x)",
    "a;b",
    "-a",
    "a-",
    ".a",
    "host\0",
    "ho\u00adst",
    "x".repeat(254),
    "a'b",
    'a"b',
  ])("P06 refuses the host %j", (text) => expect(takes(hostAddress)(text)).toBe(false));
  it.each(["root", "ops-1", "a.b", "DOMAIN+user", "üser"])("P06 takes the login %s", (text) =>
    expect(takes(loginName)(text)).toBe(true),
  );
  it.each([
    "",
    "-l",
    "a b",
    "a:b",
    "a/b",
    "a@b",
    "a\\b",
    "a'b",
    'a"b',
    "a`b",
    "$x",
    "a\nb",
    "x".repeat(65),
    "a\u202eb",
  ])("P06 refuses the login %j", (text) => expect(takes(loginName)(text)).toBe(false));
  it.each([
    [1, true],
    [22, true],
    [65_535, true],
    [0, false],
    [-1, false],
    [65_536, false],
    [22.5, false],
    ["22", false],
    [Number.NaN, false],
  ])("P06 port %s: %s", (value, expected) => expect(takes(port)(value)).toBe(expected));
});

describe("identifiers and passwords", () => {
  it.each([
    ["6f9619ff-8b86-d011-b42d-00c04fc964ff", true],
    ["a_b-C1", true],
    ["", false],
    ["a b", false],
    ["../x", false],
    ["a'; --", false],
    ["x".repeat(LIMITS.idMax + 1), false],
  ])("A01 id %s: %s", (value, expected) => expect(takes(id)(value)).toBe(expected));
  it.each([
    ["x".repeat(LIMITS.passwordMin), true],
    ["x".repeat(LIMITS.passwordMin - 1), false],
    ["x".repeat(LIMITS.passwordMax + 1), false],
  ])("V01 new password of %s: %s", (value, expected) => expect(takes(newPassword)(value)).toBe(expected));
});
