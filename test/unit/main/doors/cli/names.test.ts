import { expect, it } from "vitest";
import { fieldsOf } from "#main/doors/cli/fields.ts";
import { camel, flagOf, kebab, nearest } from "#main/doors/cli/names.ts";
import { contract, operations } from "#shared/contract/index.ts";

const names = [...Object.keys(contract), ...operations.map((entry) => entry.operation)];
const paths = operations.flatMap((entry) => fieldsOf(entry.definition).flatMap((field) => field.path.split(".")));

it.each([...new Set([...names, ...paths])])("G03 writes %s in kebab-case and reads it back", (name) => {
  expect(kebab(name)).toMatch(/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/);
  expect(camel(kebab(name))).toBe(name);
});

it("G03 gives no two operations of a feature, and no two features, one name on the command line", () => {
  const written = operations.map((entry) => `${kebab(entry.feature)} ${kebab(entry.operation)}`);
  expect(new Set(written).size).toBe(operations.length);
});

it("G03 writes nested parameters with dots", () => {
  expect(flagOf("file.keyFormat")).toBe("file.key-format");
});

it("G03 finds what was meant when a letter is missing, swapped or doubled, and nothing when all is different", () => {
  const known = ["keypair-id", "password", "format"];
  expect(nearest("keypar-id", known)).toBe("keypair-id");
  expect(nearest("passwrod", known)).toBe("password");
  expect(nearest("formatt", known)).toBe("format");
  expect(nearest("zzzzzzzz", known)).toBeUndefined();
});
