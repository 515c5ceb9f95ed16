import { expect, it } from "vitest";
import { z } from "zod";
import { brokenRule } from "#main/dispatch/broken-rule.ts";
import { operations } from "#shared/contract/index.ts";
import { name } from "#shared/models/text.ts";

const said = (schema: z.ZodType, value: unknown) =>
  schema.safeParse(value, { error: brokenRule }).error?.issues[0]?.message;

it.each([
  ["an empty text", name, "", "must not be empty"],
  ["a text that is too long", z.string().max(3), "four", "must have at most 3 characters"],
  ["a short list", z.array(z.string()).min(2), ["a"], "must have at least 2 entries"],
  ["a small number", z.int().min(5), 4, "must be at least 5"],
  ["a number at its open bound", z.number().positive(), 0, "must be more than 0"],
  ["a large number", z.int().max(5), 6, "must be at most 5"],
  ["a fraction", z.int(), 1.5, "must be a whole number"],
  ["no value", z.string(), undefined, "must be given"],
  ["another type", z.boolean(), "yes", "must be true or false"],
  ["no choice", z.enum(["a", "b"]), "c", "must be one of a, b"],
  ["what the schema has words for", name, " x", "must not begin or end with a space"],
] as const)("G03 names the rule in words for %s", (_title, schema, value, words) => {
  expect(said(schema, value)).toBe(words);
});

it.each(operations.map((entry) => [entry.name, entry.definition] as const))(
  "G03 has words for what %s refuses",
  (_name, { params }) => {
    for (const value of [{}, "text"]) expect(said(params, value) ?? "").not.toMatch(/Too small|Too big|Invalid input/);
  },
);
