import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { LIMITS } from "#shared/limits.ts";
import type { Field } from "./fields.ts";
import type { SecretWish } from "./known-flags.ts";
import { parseJsonList } from "./read-json.ts";
import { secretFromDescriptor, secretFromFile } from "./secret-source.ts";
import { type CliPort, printWarning } from "./terminal-port.ts";

/**
 * Reads what was asked for the way that was asked for: one secret, or the entries of a list. A list of texts is given entry by
 * entry, one of objects as JSON.
 */
export async function readSecret({ field, way, source }: SecretWish, port: CliPort): Promise<readonly unknown[]> {
  if (way === "file")
    return entriesOf(field, await secretFromFile(source, (message) => void printWarning(port, message)));
  if (way === "fd") return entriesOf(field, await secretFromDescriptor(source));
  return askForAll(field, port);
}

function entriesOf(field: Field, text: string): readonly unknown[] {
  return field.type === "list" && !field.ofText ? parseJsonList(text, `“${field.path}”`) : [text];
}

/** A list of texts is asked for entry by entry until an empty one. */
export async function askForAll(field: Field, port: CliPort): Promise<readonly unknown[]> {
  if (field.type !== "list" || !field.ofText) return entriesOf(field, await askFor(field, port));
  const entries: string[] = [];
  for (;;) {
    const entry = await port.ask(`${field.path} ${entries.length + 1} (empty: no more): `);
    if (entry === "") return entries;
    entries.push(entry);
  }
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
