import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { actionMatches } from "#main/features/access/permissions.ts";
import { operations } from "#shared/contract/index.ts";

describe("permission patterns", () => {
  it.each([
    ["*", "kps:keypair:create", true],
    ["kps:keypair:create", "kps:keypair:create", true],
    ["kps:keypair:*", "kps:keypair:create", true],
    ["kps:*", "kps:keypair:create", true],
    ["*:create", "kps:keypair:create", true],
    ["kps:*:create", "kps:keypair:create", true],
    ["*:keypair:*", "kps:keypair:create", true],
    ["kps:keypair:crea", "kps:keypair:create", false],
    ["kps:keypair:create:more", "kps:keypair:create", false],
    ["kps:keypair", "kps:keypair:create", false],
    ["keypair:*", "kps:keypair:create", false],
    ["kps:keypair:get*", "kps:keypair:getPublicKey", true],
    ["kps:server:*", "kps:keypair:create", false],
    ["", "kps:keypair:create", false],
    // Everything but the asterisk is literal.
    ["kps.keypair.create", "kps:keypair:create", false],
    ["kps:.*", "kps:keypair:create", false],
    ["kps:[a-z]+:create", "kps:keypair:create", false],
    ["(kps:*", "kps:keypair:create", false],
    ["KPS:*", "kps:keypair:create", false],
  ])("A04 %s on %s: %s", (pattern, action, expected) => {
    expect(actionMatches(pattern, action)).toBe(expected);
  });

  it("A04 a pattern without an asterisk matches itself and nothing else, whatever it holds", () => {
    const literal = fc.string().filter((text) => !text.includes("*"));
    fc.assert(
      fc.property(literal, literal, (pattern, action) => actionMatches(pattern, action) === (pattern === action)),
    );
  });

  it("A04 every action of the contract has three parts, and public is the only other", () => {
    for (const { name, definition } of operations)
      if (definition.action !== "public") expect(definition.action, name).toMatch(/^[a-z]+:[a-zA-Z]+:[a-zA-Z]+$/);
  });
});
