import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  cardIdOf,
  hasOwnSerial,
  isSameCard,
  presentAs,
  relinkCandidates,
  tokenIdsOf,
} from "#main/features/tokens/token-identity.ts";

const MODULE = "/usr/lib/softhsm/libsofthsm2.so";
const token = (over: Partial<Record<"label" | "manufacturer" | "model" | "serial", string>> = {}) => ({
  label: "UKey-001",
  manufacturer: "SoftHSM project",
  model: "SoftHSM v2",
  serial: "5412f3337c1f34dc",
  ...over,
});
const idOf = (...over: Parameters<typeof token>) => tokenIdsOf(MODULE, [token(...over)])[0];

describe("token ids", () => {
  it("H02 C29 stay the same under another label and in another order, and differ by library, maker, model and serial", () => {
    expect(idOf({ label: "renamed" })).toBe(idOf());
    expect(idOf()).toMatch(/^[0-9a-f]{32}$/);
    const all = [idOf(), idOf({ serial: "1" }), idOf({ model: "x" }), idOf({ manufacturer: "x" })];
    expect(new Set([...all, tokenIdsOf("/other.so", [token()])[0]]).size).toBe(5);
    const [a, b] = tokenIdsOf(MODULE, [token(), token({ serial: "2" })]);
    expect(tokenIdsOf(MODULE, [token({ serial: "2" }), token()])).toEqual([b, a]);
  });

  it("C20 ignore the padding that libraries leave on their fields", () => {
    expect(idOf({ serial: "5412f3337c1f34dc \0\0", model: "SoftHSM v2   " })).toBe(idOf());
  });

  it("do not mistake text moved from one field to the next for the same token", () => {
    expect(idOf({ model: "ab", serial: "c" })).not.toBe(idOf({ model: "a", serial: "bc" }));
  });

  it("C31 tell slots of one card apart by label, and know that they are one card", () => {
    const user = token({ label: "Card (User PIN)" });
    const sign = token({ label: "Card (Sign PIN)" });
    const ids = tokenIdsOf(MODULE, [user, sign]);
    expect(ids[0]).not.toBe(ids[1]);
    expect(tokenIdsOf(MODULE, [sign, user])).toEqual([ids[1], ids[0]]);
    expect(cardIdOf(MODULE, user)).toBe(cardIdOf(MODULE, sign));
    expect(cardIdOf(MODULE, user)).not.toBe(cardIdOf(MODULE, token({ serial: "2" })));
  });

  it("are never the same for two tokens that are in at once", () => {
    const field = fc.constantFrom("", "a", "b");
    const any = fc.record({ label: field, manufacturer: field, model: field, serial: field });
    fc.assert(
      fc.property(fc.array(any, { maxLength: 8 }), (tokens) => {
        const ids = tokenIdsOf(MODULE, tokens);
        expect(new Set(ids).size).toBe(tokens.length);
      }),
    );
  });
});

describe("relinking", () => {
  const lost = { ...token(), id: "lost" };
  const seen = (id: string, over: Parameters<typeof token>[0] = {}) => ({ ...token(over), id });

  it("C29 offers the same serial first, whatever its spelling, then the same label and model", () => {
    const present = [
      seen("by-label", { serial: "another" }),
      seen("other-model", { serial: "54:12:F3:33:7C:1F:34:DC", model: "SoftHSM v3", label: "x" }),
      seen("stranger", { serial: "9", label: "x" }),
    ];
    expect(relinkCandidates(lost, present).map(({ token: { id }, by }) => [id, by])).toEqual([
      ["other-model", "serial"],
      ["by-label", "label"],
    ]);
  });

  it("offers nothing while the token itself is in", () => {
    expect(relinkCandidates(lost, [{ ...lost }, seen("twin")])).toEqual([]);
  });

  it.each(["", "0000000000000000", "   "])(
    "takes no proof from the serial %j that every token of its kind has",
    (serial) => {
      expect(hasOwnSerial(token({ serial }))).toBe(false);
      expect(relinkCandidates({ ...lost, serial }, [seen("other", { serial, label: "x" })])).toEqual([]);
    },
  );

  it("takes no proof from an empty label", () => {
    expect(relinkCandidates({ ...lost, label: "" }, [seen("other", { serial: "9", label: "" })])).toEqual([]);
  });

  it("C29 names the one token that it must be now: maker, model and serial the same, however written", () => {
    const printed = seen("now", { serial: "54:12:f3:33:7c:1f:34:dc", model: "SoftHSM v2  ", label: "renamed" });
    expect(isSameCard(lost, printed)).toBe(true);
    expect(presentAs(lost, [printed, seen("stranger", { serial: "9" })])?.id).toBe("now");
    expect(presentAs(lost, [printed, { ...lost }])).toBeUndefined();
    for (const over of [{ model: "other" }, { manufacturer: "other" }, { serial: "9" }, { serial: "0000" }])
      expect(presentAs(lost, [seen("other", over)])).toBeUndefined();
  });

  it("C29 C31 lets the label decide between the slots of one card, and names none where it does not", () => {
    const slots = [seen("user", { label: "User PIN" }), seen("sign", { label: "Sign PIN" })];
    expect(presentAs({ ...lost, label: "Sign PIN" }, slots)?.id).toBe("sign");
    expect(presentAs({ ...lost, label: "neither" }, slots)).toBeUndefined();
  });
});
