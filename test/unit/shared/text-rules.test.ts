import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keypairs } from "#shared/contract/keypairs.ts";
import { hostAddress, loginName, port } from "#shared/models/server.ts";
import { name } from "#shared/models/text.ts";
import { isHostAddress, isKeyComment, isLoginName, isName, isPort } from "#shared/text-rules.ts";

// Near misses: what people paste, and what hides in it.
const text = fc.oneof(
  fc.string(),
  fc.string({ unit: "grapheme", maxLength: 300 }),
  fc.stringMatching(/^[A-Za-z0-9.:%-]{0,260}$/),
  fc.constantFrom(
    "",
    " ",
    "a ",
    "-x",
    "root@host",
    "fe80::1%eth0",
    "a\u202eb",
    "a\nb",
    "a'b",
    "10.0.0.1",
    "x.",
    "ä",
    "a:b",
  ),
);

describe("plain rules", () => {
  it("P06 P01 refuses in the window exactly what the contract refuses", () => {
    fc.assert(
      fc.property(text, (value) => {
        expect(isName(value)).toBe(name.safeParse(value).success);
        expect(isHostAddress(value)).toBe(hostAddress.safeParse(value).success);
        expect(isLoginName(value)).toBe(loginName.safeParse(value).success);
        const create = { name: "k", spec: "ed25519", comment: value };
        expect(isKeyComment(value)).toBe(keypairs.create.params.safeParse(create).success);
      }),
      { numRuns: 2000 },
    );
  });

  it("P06 takes the ports the contract takes", () => {
    for (const value of [-1, 0, 1, 22, 65_535, 65_536, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(isPort(value)).toBe(port.safeParse(value).success);
    }
  });
});
