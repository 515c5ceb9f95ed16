import { describe, expect, it } from "vitest";
import { operations } from "#shared/contract/index.ts";
import { en } from "#shared/lang/en.ts";
import { zh } from "#shared/lang/zh.ts";

type Texts = Readonly<Record<string, string>>;

/** Every text by its path: `tasks.state.done`. */
function flatten(node: unknown, path = ""): Texts {
  if (typeof node === "string") return { [path]: node };
  if (typeof node !== "object" || node === null) throw new Error(`${path} is neither text nor group`);
  return Object.assign(
    {},
    ...Object.entries(node).map(([key, value]) => flatten(value, path ? `${path}.${key}` : key)),
  );
}

const placeholders = (text: string) => [...text.matchAll(/\{\{([\w, ]+)\}\}/g)].map((match) => match[1]).sort();

describe("catalogues", () => {
  const english = flatten(en);
  const chinese = flatten(zh);

  it("G01 have the same keys, none empty", () => {
    expect(Object.keys(chinese).sort()).toEqual(Object.keys(english).sort());
    expect([...Object.values(english), ...Object.values(chinese)].filter((text) => text.trim() === "")).toEqual([]);
  });

  it("G01 use the same placeholders under every key", () => {
    const differing = Object.keys(english).filter(
      (key) => placeholders(english[key] ?? "").join() !== placeholders(chinese[key] ?? "").join(),
    );
    expect(differing).toEqual([]);
  });

  it("A03 say of every critical operation what is to be confirmed", () => {
    const critical = operations.filter((entry) => entry.definition.critical).map((entry) => entry.name);
    const said = Object.keys(english).flatMap((key) => /^confirmIdentity\.what\.(.+)$/.exec(key)?.[1] ?? []);
    expect(said.sort()).toEqual(critical.sort());
  });

  it("G01 leave no sentence untranslated", () => {
    const same = Object.keys(english).filter((key) => english[key] === chinese[key]);
    // Names of things that are called the same in every language.
    const allowed =
      /^(app\.name|common\.(id|utc)|keypairs\.(spec|file\.formats)\..*|tokens\.(generate\.specs\..*|sign\.algorithms\..*|.*\.pem))$/;
    // Placeholders and signs alone have nothing to translate; a UKey is one in every language.
    const wordless = (key: string) => !/\p{L}/u.test(String(english[key]).replace(/\{\{.*?\}\}|UKey/g, ""));
    expect(same.filter((key) => !allowed.test(key) && !wordless(key))).toEqual([]);
  });
});
