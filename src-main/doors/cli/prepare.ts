import type { ContractEntry } from "#shared/contract/index.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import type { WrittenCommand } from "./command-line.ts";
import { fieldsOf } from "./fields.ts";
import { knownFlags, type SecretWish } from "./known-flags.ts";
import { at, type JsonObject, missingFields, put, readFlags, refuseInlineSecrets } from "./params.ts";
import { parseJsonObject, readJsonFile, readJsonStream } from "./read-json.ts";
import { askForAll, readSecret } from "./secrets.ts";
import type { CliPort } from "./terminal-port.ts";
import { type LoginWish, loginDescriptors, loginWish } from "./vault-login.ts";

export interface PreparedCall {
  readonly entry: ContractEntry;
  readonly login: LoginWish;
  /** Reads what secrets are still to be read, and gives the whole parameters. Asked for as late as possible. */
  complete(): Promise<JsonObject>;
}

/**
 * Checks everything that can be checked before a password is asked for: flags, their types, what is missing. The rules of
 * the values themselves stay with the dispatcher, so that what they refuse is traced.
 */
export async function prepareCall(entry: ContractEntry, written: WrittenCommand, port: CliPort): Promise<PreparedCall> {
  const known = knownFlags(entry);
  // Names and types first: a slip in a flag should not cost a file, and must not wait for standard input.
  const { own } = readFlags(written.flags, known, {});
  if (own.has("no-wait")) throw waitingIsNeeded(entry);
  const login = loginWish(own);
  const base = await jsonParams(entry, written, own, port);
  const { params, secrets } = readFlags(written.flags, known, base);
  oneReaderOfEach(login, secrets, written.stdin || own.get("json-file") === "-");
  const asked = new Set(secrets.map((wish) => wish.field.path));
  const missing = missingFields(params, fieldsOf(entry.definition), asked);
  const absent = missing.find((field) => !field.secret);
  if (absent !== undefined)
    throw new KeysteadError("request/invalid-params", `--${absent.flag} is missing. See --help.`, {
      flag: `--${absent.flag}`,
      field: absent.path,
    });
  return {
    entry,
    login,
    complete: async () => {
      for (const wish of secrets) {
        const read = await readSecret(wish, port);
        const before = at(params, wish.field.path);
        const list = Array.isArray(before) ? [...before, ...read] : read;
        put(params, wish.field.path, wish.field.type === "list" ? list : read[0]);
      }
      for (const field of missing) {
        const read = await askForAll(field, port);
        put(params, field.path, field.type === "list" ? read : read[0]);
      }
      return params;
    },
  };
}

async function jsonParams(
  entry: ContractEntry,
  written: WrittenCommand,
  own: ReadonlyMap<string, string>,
  port: CliPort,
): Promise<JsonObject> {
  const inline = own.get("json");
  const file = own.get("json-file");
  const ways = [inline !== undefined, file !== undefined, written.stdin].filter(Boolean).length;
  if (ways > 1)
    throw new KeysteadError(
      "request/malformed",
      "Give JSON parameters one way: --json, --json-file or - (standard input).",
    );
  if (written.stdin || file === "-") return readJsonStream(port.stdin, "Standard input");
  if (file !== undefined) return readJsonFile(file);
  if (inline === undefined) return {};
  const params = parseJsonObject(inline, "--json");
  refuseInlineSecrets(params, entry.definition);
  return params;
}

/** A descriptor can be read once: two readers would each get a part. */
function oneReaderOfEach(login: LoginWish, secrets: readonly SecretWish[], stdin: boolean): void {
  const descriptors = secrets.filter((wish) => wish.way === "fd").map((wish) => wish.source);
  descriptors.push(...loginDescriptors(login));
  if (stdin) descriptors.push("0");
  const twice = descriptors.find((one, index) => descriptors.indexOf(one) !== index);
  if (twice !== undefined)
    throw new KeysteadError("request/invalid-params", `Descriptor ${twice} is to be read twice; use one for each.`);
}

function waitingIsNeeded(entry: ContractEntry): KeysteadError {
  return new KeysteadError(
    "request/invalid-params",
    entry.definition.startsTask === true
      ? "--no-wait is not possible: this process holds the vault, and the task ends with it. Use “keystead batch” or a console to work beside a task."
      : "--no-wait has no meaning here: this operation starts no task.",
    { flag: "--no-wait" },
  );
}
