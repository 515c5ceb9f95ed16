import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Linkable, linkObjects, newKeyId } from "#main/features/tokens/key-id.ts";

const priv = (over: Partial<Linkable> = {}): Linkable => ({ class: "private-key", keyId: "0a", ...over });
const pub = (over: Partial<Linkable> = {}): Linkable => ({
  class: "public-key",
  keyId: "0a",
  fingerprint: "A",
  ...over,
});
const cert = (over: Partial<Linkable> = {}): Linkable => ({
  class: "certificate",
  keyId: "0a",
  fingerprint: "A",
  ...over,
});
const links = (...objects: Linkable[]) => linkObjects(objects).map(({ linked, unlinked }) => [linked, unlinked]);

describe("CKA_ID", () => {
  it("C33 is 20 random bytes for a key to be made", () => {
    expect(newKeyId()).toMatch(/^[0-9a-f]{40}$/);
    expect(newKeyId()).not.toBe(newKeyId());
  });
});

describe("linking", () => {
  it.each<[string, Linkable[], unknown]>([
    [
      "both halves and the certificate by id",
      [priv(), pub(), cert()],
      [
        [[1, 2], false],
        [[0, 2], false],
        [[0, 1], false],
      ],
    ],
    [
      "by public value although the ids differ",
      [priv({ fingerprint: "A" }), pub({ keyId: "0b" })],
      [
        [[1], false],
        [[0], false],
      ],
    ],
    [
      "by public value although the ids are empty",
      [priv({ keyId: "", fingerprint: "A" }), pub({ keyId: "" })],
      [
        [[1], false],
        [[0], false],
      ],
    ],
    [
      "a private key without value and id to nothing",
      [priv({ keyId: "" }), pub({ keyId: "" })],
      [
        [[], true],
        [[], true],
      ],
    ],
    [
      "not by id against the public value",
      [priv({ fingerprint: "B" }), pub()],
      [
        [[], true],
        [[], true],
      ],
    ],
    [
      "not by an id that two private keys have",
      [priv(), priv(), pub()],
      [
        [[], true],
        [[], true],
        [[], true],
      ],
    ],
    [
      "by value where two pairs have one id",
      [priv({ fingerprint: "A" }), priv({ fingerprint: "B" }), pub(), pub({ fingerprint: "B" })],
      [
        [[2], false],
        [[3], false],
        [[0], false],
        [[1], false],
      ],
    ],
    [
      "not by an id that leads to two values",
      [priv(), pub(), pub({ fingerprint: "B" })],
      [
        [[], true],
        [[], true],
        [[], true],
      ],
    ],
    [
      "a certificate whose value is unknown by id",
      [priv(), cert({ fingerprint: undefined })],
      [
        [[1], false],
        [[0], false],
      ],
    ],
    ["a certificate without its key to nothing", [cert()], [[[], true]]],
    [
      "two certificates of one key",
      [priv({ fingerprint: "A" }), cert(), cert({ keyId: "0b" })],
      [
        [[1, 2], false],
        [[0, 2], false],
        [[0, 1], false],
      ],
    ],
    [
      "not keys of different types that share an id",
      [priv({ keyType: "EC" }), pub({ keyType: "RSA" })],
      [
        [[], true],
        [[], true],
      ],
    ],
    [
      "secret keys and data to nothing, without complaint",
      [{ class: "secret-key", keyId: "0a" }, { class: "data", keyId: "0a" }, priv(), pub()],
      [
        [[], false],
        [[], false],
        [[3], false],
        [[2], false],
      ],
    ],
  ])("H07 H10 C34 C35 links %s", (_what, objects, expected) => {
    expect(links(...objects)).toEqual(expected);
  });

  it("C35 gives a private key the public value of its other half", () => {
    expect(linkObjects([priv(), pub()])[0]?.fingerprint).toBe("A");
    expect(linkObjects([priv(), priv(), pub()])[0]?.fingerprint).toBeUndefined();
  });

  it("is mutual, never with itself, and never across known public values", () => {
    const object = fc.record({
      class: fc.constantFrom(
        "private-key" as const,
        "public-key" as const,
        "certificate" as const,
        "secret-key" as const,
      ),
      keyId: fc.constantFrom("", "0a", "0b"),
      fingerprint: fc.constantFrom(undefined, "A", "B"),
    });
    fc.assert(
      fc.property(fc.array(object, { maxLength: 7 }), (objects) => {
        const all = linkObjects(objects);
        for (const [index, { linked }] of all.entries()) {
          expect(linked).not.toContain(index);
          for (const other of linked) {
            expect(all[other]?.linked).toContain(index);
            const values = new Set([objects[index]?.fingerprint, objects[other]?.fingerprint].filter(Boolean));
            expect(values.size).toBeLessThan(2);
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});
