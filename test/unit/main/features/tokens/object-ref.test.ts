import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findByRef, type ObjectName, parseRef, refOf, refsOf } from "#main/features/tokens/object-ref.ts";
import { objectRef } from "#shared/models/token.ts";

const key = (over: Partial<ObjectName> = {}): ObjectName => ({
  class: "private-key",
  keyId: "0a0b",
  label: "mail",
  ...over,
});
const anyObject = fc.record({
  class: fc.constantFrom("private-key" as const, "public-key" as const, "secret-key" as const, "other" as const),
  keyId: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString("hex")),
  label: fc.string({ unit: "binary", maxLength: 300 }).map((text) => text.toWellFormed()),
});

describe("names of objects", () => {
  it.each([
    [key(), "private-key:0a0b:mail"],
    [key({ label: "Backup: 100 %" }), "private-key:0a0b:Backup%3a 100 %25"],
    [key({ label: "Größe 🔑" }), "private-key:0a0b:Größe 🔑"],
    [key({ label: "a\nb\u202e" }), "private-key:0a0b:a%0ab%e2%80%ae"],
    [key({ class: "data", keyId: "", label: "" }), "data::"],
    [key({ label: "~x" }), "private-key:0a0b:%7ex"],
  ])("H07 %j is written %s", (object, text) => {
    expect(refOf(object)).toBe(text);
    expect(findByRef(text, [key({ class: "public-key" }), object])).toBe(object);
  });

  it("H07 of any object fit the contract, hold no control character and find it again", () => {
    fc.assert(
      fc.property(anyObject, anyObject, (object, other) => {
        const ref = refOf(object);
        expect(objectRef.safeParse(ref).success).toBe(true);
        expect(ref).not.toMatch(/\p{Cc}/u);
        const same = refOf(other) === ref;
        expect(same).toBe(other.class === object.class && other.keyId === object.keyId && other.label === object.label);
        if (!same) expect(findByRef(ref, [other, object])).toBe(object);
      }),
      { numRuns: 300 },
    );
  });

  it("are understood with more escapes than needed", () => {
    const object = key({ label: "Größe" });
    expect(findByRef("private-key:0a0b:%47r%c3%b6%C3%9Fe", [object])).toBe(object);
  });

  it("C34 tell twins apart by their public value", () => {
    const twins = [key({ fingerprint: "SHA256:a" }), key({ fingerprint: "SHA256:b" }), key({ label: "single" })];
    const refs = refsOf(twins);
    expect(new Set(refs).size).toBe(3);
    expect(refs[2]).toBe("private-key:0a0b:single");
    for (const [index, ref] of refs.entries()) expect(findByRef(ref, twins)).toBe(twins[index]);
  });

  it("C34 refuse to guess between objects that nothing tells apart", () => {
    expect(() => findByRef(refOf(key()), [key(), key()])).toThrow(
      expect.objectContaining({ code: "tokens/object-ambiguous" }),
    );
    const twins = [key({ fingerprint: "SHA256:a" }), key({ fingerprint: "SHA256:b" })];
    expect(() => findByRef(refOf(key()), twins)).toThrow(expect.objectContaining({ code: "tokens/object-ambiguous" }));
  });

  it("say when the object is not there", () => {
    expect(() => findByRef(refOf(key()), [key({ label: "other" })])).toThrow(
      expect.objectContaining({ code: "tokens/object-not-found" }),
    );
  });

  it.each([
    "",
    "x",
    "private-key",
    "private-key:0a0b",
    "key:0a0b:x",
    "private-key:0A:x",
    "private-key:0:x",
    "private-key:0a:%zz",
    "private-key:0a:a:b:c",
  ])("refuse %j", (text) => {
    expect(() => parseRef(text)).toThrow(expect.objectContaining({ code: "request/invalid-params" }));
  });
});
