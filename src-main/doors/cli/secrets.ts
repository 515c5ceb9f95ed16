import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { LIMITS } from "#shared/limits.ts";
import type { Field } from "./fields.ts";
import type { SecretWish } from "./known-flags.ts";
import { parseJsonList } from "./read-json.ts";
import { secretFromDescriptor, secretFromFile } from "./secret-source.ts";
import { type CliPort, printWarning } from "./terminal-port.ts";

/** Reads one secret the way that was asked for. A list of secrets is JSON. */
export async function readSecret(wish: SecretWish, port: CliPort): Promise<unknown> {
  const text = await readText(wish, port);
  return wish.field.type === "list" ? parseJsonList(text, `“${wish.field.path}”`) : text;
}

async function readText({ field, way, source }: SecretWish, port: CliPort): Promise<string> {
  if (way === "file") return secretFromFile(source, (message) => void printWarning(port, message));
  if (way === "fd") return secretFromDescriptor(source);
  return askFor(field, port);
}

export async function askFor(field: Field, port: CliPort): Promise<string> {
  // Key files have many lines; a terminal line is for passwords.
  if (field.maxLength !== undefined && field.maxLength > LIMITS.passwordMax)
    throw new KeysteadError(
      "request/secret-needed",
      `“${field.path}” is too long to type. Give it by --${field.flag}-file PATH or --${field.flag}-fd N.`,
      { flag: `--${field.flag}` },
    );
  const first = await port.ask(`${field.path}: `);
  if (!isChosenNow(field)) return first;
  const second = await port.ask(`${field.path} again: `);
  if (first !== second)
    throw new KeysteadError("request/invalid-params", "The two entries differ; nothing was done. Try again.", {
      field: field.path,
    });
  return first;
}

/** A new password has a rule on its length, and one inside `file` protects a file being written: a slip would lock out. */
function isChosenNow(field: Field): boolean {
  return field.minLength > 1 || field.path.startsWith("file.");
}
