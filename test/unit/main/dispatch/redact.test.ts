import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { redactedAnswer, redactedRequest } from "#main/dispatch/redact.ts";
import { contract, operations } from "#shared/contract/index.ts";

describe("redaction", () => {
  it("A01 D23 hides every secret field of every operation, whatever it holds", () => {
    for (const { name, definition } of operations) {
      for (const path of definition.secret ?? []) {
        fc.assert(
          fc.property(
            fc.oneof(
              fc.string({ minLength: 20, maxLength: 30 }),
              fc.array(fc.string({ minLength: 20, maxLength: 30 }), { minLength: 1 }),
            ),
            (secret) => {
              const params = path
                .split(".")
                .reduceRight<unknown>((inner, key) => ({ [key]: inner, shown: "shown" }), secret);
              const text = redactedRequest(definition, params);
              const parts = [secret].flat().map((part) => JSON.stringify(part).slice(1, -1));
              return text.includes("[hidden]") && text.includes("shown") && parts.every((part) => !text.includes(part));
            },
          ),
          { numRuns: 20 },
        );
        expect(JSON.stringify(definition.params), `${name}: ${path}`).toBeDefined();
      }
    }
  });

  it("A01 every parameter that is named like a secret is declared one", () => {
    const secretive = /passw|passphrase|privateKey|pin$|secret/i;
    for (const { name, definition } of operations) {
      const shape = (
        definition.params as unknown as { shape: Record<string, { shape?: object; unwrap?: () => { shape?: object } }> }
      ).shape;
      const paths = Object.entries(shape).flatMap(([key, schema]) => {
        const inner = schema.shape ?? schema.unwrap?.().shape;
        return [key, ...Object.keys(inner ?? {}).map((nested) => `${key}.${nested}`)];
      });
      for (const path of paths)
        if (secretive.test(path.split(".").at(-1) ?? "") && path !== "disablePasswordLogin")
          expect(definition.secret ?? [], `${name} ${path}`).toContain(path);
    }
  });

  it("A01 a hidden value leaves no trace of its length", () => {
    const { unlock } = contract.vault;
    expect(redactedRequest(unlock, { userName: "olga", password: "a" })).toBe(
      redactedRequest(unlock, { userName: "olga", password: "a".repeat(900) }),
    );
  });

  it.each([
    ["long text", { a: "x".repeat(1000) }, `{"a":"${"x".repeat(300)}… (1000 characters)"}`],
    ["long lists", { a: Array.from({ length: 21 }, (_, i) => i) }, '{"a":"[21 items]"}'],
    ["deep values", { a: { b: { c: { d: { e: 1 } } } } }, '{"a":{"b":{"c":{"d":"{…}"}}}}'],
    ["nothing", undefined, ""],
    ["large integers", { a: 1n }, '{"a":"1"}'],
  ])("A01 cuts %s", (_what, value, expected) => {
    expect(redactedAnswer(value)).toBe(expected);
  });

  it("A01 stays small whatever it is given", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), (value) => redactedAnswer(value).length < 2_000_000),
      { numRuns: 200 },
    );
  });
});
