import { describe, expect, it } from "vitest";
import {
  objectFamilies,
  protectionOf,
  receivingKeys,
  wrappingKeys,
} from "#renderer/features/tokens/object-families.ts";
import type { TokenObject } from "#shared/models/token.ts";

function makeObject(change: Partial<TokenObject> & Pick<TokenObject, "ref" | "class">): TokenObject {
  return { label: "key", keyId: "0a", uses: [], linked: [], ...change };
}

describe("objects on a token", () => {
  it("H07 H10 shows both halves and the certificate of a key as one, by its private half", () => {
    const families = objectFamilies([
      makeObject({ ref: "certificate:0a:c", class: "certificate", linked: ["private-key:0a:key"] }),
      makeObject({ ref: "public-key:0a:key", class: "public-key", linked: ["private-key:0a:key"] }),
      makeObject({
        ref: "private-key:0a:key",
        class: "private-key",
        linked: ["public-key:0a:key", "certificate:0a:c"],
      }),
      makeObject({ ref: "secret-key:0b:aes", class: "secret-key", label: "aes" }),
    ]);
    expect(families.map((family) => [family.kind, family.head.class, family.members.length])).toEqual([
      ["secret-key", "secret-key", 1],
      ["pair", "private-key", 3],
    ]);
  });

  it("H07 keeps objects that nobody can tell apart, each as an entry with a key of its own", () => {
    const twin = makeObject({ ref: "data::same", class: "data", label: "same" });
    const families = objectFamilies([twin, { ...twin }]);
    expect(families).toHaveLength(2);
    expect(new Set(families.map((family) => family.key)).size).toBe(2);
  });

  it("H09 C46 C47 claims no more of a key's protection than the token says", () => {
    const of = (change: Partial<TokenObject>) =>
      protectionOf(makeObject({ ref: "private-key:0a:k", class: "private-key", ...change }));
    const stays = { sensitive: true, extractable: false, alwaysSensitive: true, neverExtractable: true };
    expect(of(stays)).toBe("stays");
    expect(of({ ...stays, neverExtractable: false })).toBe("stayed");
    expect(of({ sensitive: true, extractable: false })).toBe("stayed");
    expect(of({ sensitive: true, extractable: true })).toBe("extractable");
    expect(of({ sensitive: false, extractable: true })).toBe("readable");
    expect(of({})).toBe("unknown");
    expect(protectionOf(makeObject({ ref: "public-key:0a:k", class: "public-key" }))).toBe("none");
  });

  it("H09 offers for wrapping and for receiving only keys that were made for it", () => {
    const wrap = makeObject({ ref: "secret-key:1:w", class: "secret-key", uses: ["wrap", "unwrap"] });
    const receive = { class: "private-key", keyType: "RSA", uses: ["unwrap"] } as const;
    const objects = [
      wrap,
      makeObject({ ref: "secret-key:2:a", class: "secret-key", uses: ["encrypt"] }),
      makeObject({ ...receive, ref: "private-key:3:r", uses: ["unwrap"], extractable: false }),
      makeObject({ ...receive, ref: "private-key:4:r", uses: ["unwrap"], extractable: true }),
      makeObject({ ...receive, ref: "private-key:5:e", keyType: "EC", uses: ["unwrap"] }),
      makeObject({ ...receive, ref: "private-key:6:s", uses: ["sign"] }),
    ];
    expect(wrappingKeys(objects)).toEqual([wrap]);
    expect(receivingKeys(objects).map((object) => object.ref)).toEqual(["private-key:3:r"]);
  });
});
