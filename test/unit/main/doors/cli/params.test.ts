import { expect, it } from "vitest";
import { splitArguments } from "#main/doors/cli/command-line.ts";
import { fieldsOf } from "#main/doors/cli/fields.ts";
import { knownFlags } from "#main/doors/cli/known-flags.ts";
import { at, type JsonObject, missingFields, put, readFlags, refuseInlineSecrets } from "#main/doors/cli/params.ts";
import { type ContractEntry, findOperation, type OperationName, operations } from "#shared/contract/index.ts";
import { isKeysteadError, type KeysteadError } from "#shared/errors/keystead-error.ts";

function entryOf(name: OperationName): ContractEntry {
  const entry = findOperation(name);
  if (entry === undefined) throw new Error(`no ${name}`);
  return entry;
}

function read(name: OperationName, args: readonly string[], base: JsonObject = {}) {
  const known = knownFlags(entryOf(name));
  return readFlags(splitArguments(args, (flag) => known.get(flag)?.takes ?? "value").flags, known, base);
}

function refusal(work: () => unknown): KeysteadError {
  try {
    work();
  } catch (error) {
    if (isKeysteadError(error)) return error;
    throw error;
  }
  throw new Error("it was not refused");
}

it.each(operations.map((entry) => entry.name))("G03 gives every flag of %s one meaning", (name) => {
  expect(() => knownFlags(entryOf(name))).not.toThrow();
});

it.each(operations.map((entry) => entry.name))(
  "G03 finds every secret of %s among its flags, and none as a value",
  (name) => {
    const { definition } = entryOf(name);
    const fields = fieldsOf(definition);
    for (const path of definition.secret ?? []) {
      const field = fields.find((each) => each.path === path);
      expect(field?.secret).toBe(true);
      const refused = refusal(() => read(name, [`--${field?.flag}`, "hunter2-hunter2"]));
      expect(refused.code).toBe("request/secret-in-arguments");
      expect(JSON.stringify(refused)).not.toContain("hunter2");
      for (const way of ["-file", "-fd", "-prompt"]) expect(refused.message).toContain(`--${field?.flag}${way}`);
    }
  },
);

/** A value of the field's type, as a person would write it, and what must come out. */
function sample(field: ReturnType<typeof fieldsOf>[number]): { readonly args: string[]; readonly value: unknown } {
  const flag = `--${field.flag}`;
  switch (field.type) {
    case "boolean":
      return { args: [`--no-${field.flag}`], value: false };
    case "number":
      return { args: [flag, "1.5"], value: 1.5 };
    case "integer":
      return { args: [flag, "17"], value: 17 };
    case "choice":
      return { args: [flag, field.choices[0] ?? ""], value: field.choices[0] };
    case "list":
      return { args: [flag, "a", flag, "b"], value: ["a", "b"] };
    default:
      return { args: [flag, "some text"], value: "some text" };
  }
}

it.each(operations.map((entry) => entry.name))("G03 types every parameter of %s by its schema", (name) => {
  const fields = fieldsOf(entryOf(name).definition).filter((field) => !field.secret);
  const samples = fields.map((field) => ({ field, ...sample(field) }));
  const { params } = read(
    name,
    samples.flatMap((each) => each.args),
  );
  for (const { field, value } of samples) expect(at(params, field.path)).toEqual(value);
});

it("G03 reads booleans alone, negated and written out", () => {
  expect(read("keypairs.create", ["--keep"]).params).toEqual({ keep: true });
  expect(read("keypairs.create", ["--no-keep"]).params).toEqual({ keep: false });
  expect(read("keypairs.create", ["--keep=false"]).params).toEqual({ keep: false });
  expect(refusal(() => read("keypairs.create", ["--keep=perhaps"])).code).toBe("request/invalid-params");
});

it("G03 does not take the word after a boolean as its value", () => {
  const entry = entryOf("keypairs.create");
  const known = knownFlags(entry);
  const written = splitArguments(["keypairs", "--no-keep", "create"], (flag) => known.get(flag)?.takes);
  expect(written.words).toEqual(["keypairs", "create"]);
});

it("G03 reads a list by repetition, as JSON, and in place of the one in --json", () => {
  expect(read("keypairs.exportPrivateKey", ["--ids", '["a","b"]', "--ids", "c"]).params).toEqual({
    ids: ["a", "b", "c"],
  });
  expect(read("keypairs.exportPrivateKey", ["--ids", "c"], { ids: ["x"] }).params).toEqual({ ids: ["c"] });
  expect(refusal(() => read("keypairs.exportPrivateKey", ["--ids", "[1"])).message).toContain("JSON list");
});

it("G03 lets flags win over JSON and leaves the rest of a nested object", () => {
  const base = { file: { format: "ppk", folder: "/a" } };
  expect(read("keypairs.create", ["--file.format", "openssh"], base).params).toEqual({
    file: { format: "openssh", folder: "/a" },
  });
  expect(base.file.format).toBe("ppk");
});

it("G03 takes a value that begins with dashes only after an equals sign", () => {
  expect(read("keypairs.create", ["--name=--odd"]).params).toEqual({ name: "--odd" });
  expect(refusal(() => read("keypairs.create", ["--name", "--spec", "ed25519"])).message).toContain("--name=value");
});

it.each([
  ["--port", "twenty"],
  ["--port", "22.5"],
  ["--port", "0x16"],
  ["--port", ""],
  ["--port", "1e3"],
])("G03 refuses %s %j, which is no whole number", (flag, value) => {
  expect(refusal(() => read("servers.add", [flag, value])).code).toBe("request/invalid-params");
});

it("G03 names an unknown flag with the nearest known one, and not its value", () => {
  const refused = refusal(() => read("servers.bind", ["--keypar-id", "very-private"]));
  expect(refused.message).toBe("There is no flag --keypar-id here. Did you mean --keypair-id?");
  expect(refused.details).toEqual({ flag: "--keypar-id", nearest: "--keypair-id" });
});

it("G03 refuses a flag given twice", () => {
  expect(refusal(() => read("servers.add", ["--name", "a", "--name", "b"])).message).toContain("twice");
  expect(refusal(() => read("keypairs.create", ["--keep", "--no-keep"])).message).toContain("twice");
  expect(refusal(() => read("servers.bind", ["--password-fd", "3", "--password-prompt"])).message).toContain("twice");
});

it("G03 never repeats a stray argument: it may be a password in the wrong place", () => {
  const refused = refusal(() => splitArguments(["vault", "unlock", "hunter2"], () => "value"));
  expect(refused.code).toBe("request/malformed");
  expect(JSON.stringify(refused)).not.toContain("hunter2");
});

it("G03 refuses inline JSON that holds a secret, however deep", () => {
  const refused = refusal(() =>
    refuseInlineSecrets({ file: { passphrase: "hunter2" } }, entryOf("keypairs.exportPrivateKey").definition),
  );
  expect(refused.code).toBe("request/secret-in-arguments");
  expect(JSON.stringify(refused)).not.toContain("hunter2");
});

it("G03 names the flags there are when inline JSON holds a secret", () => {
  const refused = refusal(() =>
    refuseInlineSecrets({ newPassword: "hunter2" }, entryOf("vault.changePassword").definition),
  );
  const known = knownFlags(entryOf("vault.changePassword"));
  expect(refused.details.ways).toEqual(["--new-password-file", "--new-password-fd", "--new-password-prompt"]);
  for (const way of refused.details.ways as string[]) expect(known.has(way.slice(2)), way).toBe(true);
});

it("G03 says what is missing: always, or once the optional object it belongs to is there", () => {
  const missing = (name: OperationName, params: JsonObject, asked: string[] = []) =>
    missingFields(params, fieldsOf(entryOf(name).definition), new Set(asked)).map((field) => field.path);
  expect(missing("keypairs.create", {})).toEqual(["name", "spec"]);
  expect(missing("keypairs.create", { name: "a", spec: "ed25519", file: {} })).toEqual(["file.format"]);
  expect(missing("keypairs.create", { name: "a", spec: "ed25519" }, ["file.passphrase"])).toEqual(["file.format"]);
  expect(missing("keypairs.exportPrivateKey", {})).toEqual(["ids", "file.format"]);
  expect(missing("servers.bind", { id: "a" }, ["password"])).toEqual(["keypairId"]);
});

it("G03 puts values beside what JSON has put there, and replaces what is no object", () => {
  const params: JsonObject = { file: "text" };
  put(params, "file.format", "ppk");
  expect(params).toEqual({ file: { format: "ppk" } });
});
