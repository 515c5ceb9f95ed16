import { expect, it } from "vitest";
import { fieldsOf } from "#main/doors/cli/fields.ts";
import { batchHelp, featureHelp, generalHelp, operationHelp } from "#main/doors/cli/help.ts";
import { BATCH_FLAGS } from "#main/doors/cli/known-flags.ts";
import { kebab } from "#main/doors/cli/names.ts";
import { contract, type Feature, operations } from "#shared/contract/index.ts";
import { EXIT_STATUS } from "#shared/errors/codes.ts";

const features = Object.keys(contract) as Feature[];

it.each(operations)("G03 explains $name: summary, permission, trace and every parameter", (entry) => {
  const text = operationHelp(entry);
  const { definition } = entry;
  expect(text).toContain(`keystead ${kebab(entry.feature)} ${kebab(entry.operation)}`);
  expect(text).toContain(definition.summary);
  if (definition.action !== "public") expect(text).toContain(definition.action);
  expect(text).toContain(definition.untraced ?? definition.trace);
  const lines = text.split("\n");
  for (const field of fieldsOf(definition)) {
    const starting = (end: string) => (each: string) =>
      new RegExp(`^ {2}--(?:\\[no-\\])?${field.flag.replace(".", "\\.")}${end}`).test(each);
    // A secret is only given by --…-file and the like; another parameter's name may go on just so.
    const line = lines.find(starting(field.secret ? "[ -]" : " "));
    expect(line, field.path).toBeDefined();
    expect(line?.includes("secret")).toBe(field.secret);
    expect(line?.includes("required")).toBe(field.required !== "never");
    const none = Array.isArray(field.default) && field.default.length === 0;
    if (field.default !== undefined) expect(line).toContain(`default ${none ? "none" : String(field.default)}`);
    for (const choice of field.choices) expect(line).toContain(choice);
  }
});

it("G03 H01 says of a log-in, a series and a ceremony that they end with the call, and where they do not", () => {
  const ending = operations.filter((entry) => operationHelp(entry).includes("keystead batch --sequential"));
  expect(ending.map((entry) => entry.name).sort()).toEqual([
    "tokens.backUpKeyToShares",
    "tokens.beginSeries",
    "tokens.logIn",
  ]);
});

it.each(features)("G03 lists the operations of %s", (feature) => {
  const text = featureHelp(feature);
  for (const name of Object.keys(contract[feature])) expect(text).toMatch(new RegExp(`^ {2}${kebab(name)} `, "m"));
});

it("G03 lists all features and all exit statuses", () => {
  const text = generalHelp();
  for (const feature of features) expect(text).toMatch(new RegExp(`^ {2}${kebab(feature)} `, "m"));
  for (const [kind, status] of Object.entries(EXIT_STATUS)) expect(text).toContain(`${status} ${kind}`);
});

it("G03 explains every flag of a batch", () => {
  for (const flag of Object.keys(BATCH_FLAGS)) expect(batchHelp()).toContain(`--${flag}`);
});
