import { KeysteadError } from "#shared/errors/keystead-error.ts";

/** A flag as it was written: `--name value`, `--name=value` or `--name` alone. */
export interface WrittenFlag {
  readonly name: string;
  readonly value: string | undefined;
}

export interface WrittenCommand {
  /** Words before and between flags: feature, operation. */
  readonly words: readonly string[];
  readonly flags: readonly WrittenFlag[];
  /** A lone `-`: JSON parameters on standard input. */
  readonly stdin: boolean;
  readonly help: boolean;
}

/** Whether the flag stands alone (`--keep`), takes a value, or is not known here. */
export type Takes = (flag: string, words: readonly string[]) => "nothing" | "value" | undefined;

/**
 * Splits arguments without looking at what they mean. A value that itself begins with `--` is written `--flag=value`. Never
 * repeats a value in an error: it may be a password in the wrong place.
 */
export function splitArguments(args: readonly string[], takes: Takes): WrittenCommand {
  const words: string[] = [];
  const flags: WrittenFlag[] = [];
  let stdin = false;
  let help = false;
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? "";
    if (arg === "-") stdin = true;
    else if (arg === "--help" || arg === "-h") help = true;
    else if (!arg.startsWith("-") && words.length < 2) words.push(arg);
    else if (!arg.startsWith("--") || arg === "--") throw unexpected(index);
    else {
      const equals = arg.indexOf("=");
      const name = arg.slice(2, equals === -1 ? undefined : equals);
      const next = args[index + 1];
      const wantsNext = equals === -1 && takes(name, words) === "value";
      if (equals !== -1) flags.push({ name, value: arg.slice(equals + 1) });
      else if (wantsNext && next !== undefined && !next.startsWith("--")) {
        flags.push({ name, value: next });
        index++;
      } else flags.push({ name, value: undefined });
    }
  }
  return { words, flags, stdin, help };
}

function unexpected(index: number): KeysteadError {
  return new KeysteadError(
    "request/malformed",
    `The argument at position ${index + 1} is neither a feature, an operation nor a flag. Parameters are given as --name value; see --help.`,
    { position: index + 1 },
  );
}
