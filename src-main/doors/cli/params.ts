import type { Operation } from "#shared/contract/operation.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import type { WrittenFlag } from "./command-line.ts";
import type { Field } from "./fields.ts";
import { type Meaning, SECRET_WAYS, type SecretWay, type SecretWish } from "./known-flags.ts";
import { flagOf, nearest } from "./names.ts";

export type JsonObject = { [key: string]: unknown };

export interface ReadFlags {
  readonly params: JsonObject;
  readonly secrets: readonly SecretWish[];
  /** The command line's own flags. */
  readonly own: ReadonlyMap<string, string>;
}

/** Turns flags into parameters, typed as the schema says. `base` comes from JSON; flags win over it. */
export function readFlags(
  flags: readonly WrittenFlag[],
  known: ReadonlyMap<string, Meaning>,
  base: JsonObject,
): ReadFlags {
  const params = structuredClone(base);
  const secrets: SecretWish[] = [];
  const own = new Map<string, string>();
  const seen = new Set<string>();
  const once = (key: string) => {
    if (seen.has(key)) throw invalid(`--${key} is given twice.`, key);
    seen.add(key);
  };
  for (const { name, value } of flags) {
    const meaning = known.get(name);
    if (meaning === undefined) throw unknownFlag(name, known.keys());
    if (meaning.kind === "field" && meaning.field.secret) throw secretInArguments(meaning.field.flag);
    if (meaning.kind === "field") {
      if (meaning.field.type === "list") addToList(params, meaning.field, name, value, seen);
      else {
        once(meaning.field.flag);
        put(params, meaning.field.path, typed(meaning.field, meaning.negated, name, value));
      }
      continue;
    }
    // Several secrets of one list: a flag for each.
    if (meaning.kind !== "secret" || meaning.field.type !== "list")
      once(meaning.kind === "secret" ? meaning.field.flag : name);
    const text = meaning.takes === "nothing" ? standsAlone(name, value) : needed(name, value);
    if (meaning.kind === "own") own.set(name, text);
    else secrets.push({ field: meaning.field, way: meaning.way, source: text });
  }
  return { params, secrets, own };
}

function typed(field: Field, negated: boolean, name: string, value: string | undefined): unknown {
  switch (field.type) {
    case "boolean":
      if (value === undefined || value === "true") return !negated;
      if (value === "false") return negated;
      throw invalid(`--${name} stands alone, or is written --${name}=true or --${name}=false.`, name);
    case "number":
    case "integer": {
      const text = needed(name, value);
      const number = Number(text);
      const whole = field.type === "number" || Number.isSafeInteger(number);
      if (!/^-?\d+(?:\.\d+)?$/.test(text) || !whole)
        throw invalid(`--${name} needs ${field.type === "integer" ? "a whole number" : "a number"}.`, name);
      return number;
    }
    case "choice": {
      const text = needed(name, value);
      if (field.choices.includes(text)) return text;
      const meant = nearest(text, field.choices);
      const hint = meant === undefined ? "" : ` Did you mean ${meant}?`;
      throw invalid(`--${name} is one of ${field.choices.join(", ")}.${hint}`, name);
    }
    default:
      return needed(name, value);
  }
}

/** `--ids a --ids b`, or once with a JSON list. */
function addToList(params: JsonObject, field: Field, name: string, value: string | undefined, seen: Set<string>): void {
  const text = needed(name, value);
  const added: unknown[] = text.startsWith("[") ? jsonList(text, name) : [text];
  const before = seen.has(name) ? at(params, field.path) : undefined;
  seen.add(name);
  put(params, field.path, Array.isArray(before) ? [...before, ...added] : added);
}

function jsonList(text: string, name: string): unknown[] {
  try {
    const list: unknown = JSON.parse(text);
    if (Array.isArray(list)) return list;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw invalid(`--${name} is repeated for several values, or holds one JSON list.`, name);
}

/** Writes `value` at a dotted path and makes the objects on the way. Paths come from the schema, never from a user. */
export function put(params: JsonObject, path: string, value: unknown): void {
  const keys = path.split(".");
  const last = keys.pop() ?? path;
  let place = params;
  for (const key of keys) {
    const inner = Object.hasOwn(place, key) ? place[key] : undefined;
    if (typeof inner === "object" && inner !== null && !Array.isArray(inner)) place = inner as JsonObject;
    else {
      const made: JsonObject = {};
      place[key] = made;
      place = made;
    }
  }
  place[last] = value;
}

export function at(params: unknown, path: string): unknown {
  let place = params;
  for (const key of path.split(".")) {
    if (typeof place !== "object" || place === null || !Object.hasOwn(place, key)) return undefined;
    place = (place as JsonObject)[key];
  }
  return place;
}

/** What a login is given by file, by descriptor or by typing. Nothing is known under the bare names, so that they are caught. */
const LOGIN_SECRETS: readonly string[] = ["vault-password", "vault-pin"];

/** Refuses JSON written as an argument when it holds a secret: arguments are public on the machine. */
export function refuseInlineSecrets(params: JsonObject, definition: Operation): void {
  for (const path of definition.secret ?? [])
    if (at(params, path) !== undefined) throw secretInArguments(flagOf(path), "--json");
}

/** Required parameters that are still missing. Those of an optional object count once the object is there. */
export function missingFields(
  params: JsonObject,
  fields: readonly Field[],
  asked: ReadonlySet<string>,
): readonly Field[] {
  return fields.filter((field) => {
    if (field.required === "never" || at(params, field.path) !== undefined || asked.has(field.path)) return false;
    if (field.required === "always") return true;
    const parent = field.path.slice(0, field.path.lastIndexOf("."));
    const parentAsked = [...asked].some((path) => path.startsWith(`${parent}.`));
    return at(params, parent) !== undefined || parentAsked;
  });
}

function needed(name: string, value: string | undefined): string {
  if (value === undefined)
    throw invalid(`--${name} needs a value; one that begins with “--” is written --${name}=value.`, name);
  return value;
}

function standsAlone(name: string, value: string | undefined): string {
  if (value !== undefined) throw invalid(`--${name} stands alone and takes no value.`, name);
  return "";
}

function invalid(message: string, flag: string): KeysteadError {
  return new KeysteadError("request/invalid-params", message, { flag: `--${flag}` });
}

export function unknownFlag(name: string, known: Iterable<string>): KeysteadError {
  const flags = [...known];
  if (LOGIN_SECRETS.includes(name)) return secretInArguments(name, `--${name}`, waysAmong(flags, name));
  const meant = nearest(name, flags);
  const hint = meant === undefined ? "See --help." : `Did you mean --${meant}?`;
  const shown = name.slice(0, 40);
  return new KeysteadError("request/invalid-params", `There is no flag --${shown} here. ${hint}`, {
    flag: `--${shown}`,
    ...(meant === undefined ? {} : { nearest: `--${meant}` }),
  });
}

/** The login's secrets are typed without a flag that asks for it, except in a batch. */
function waysAmong(flags: readonly string[], name: string): readonly SecretWay[] {
  return flags.includes(`${name}-prompt`) ? SECRET_WAYS : ["file", "fd"];
}

export function secretInArguments(
  flag: string,
  how = `--${flag}`,
  ways: readonly SecretWay[] = SECRET_WAYS,
): KeysteadError {
  const prompt = ways.includes("prompt") ? ` (--${flag}-prompt)` : "";
  return new KeysteadError(
    "request/secret-in-arguments",
    `${how} would put a secret on the command line, where every user of this machine and the shell's history can read it. ` +
      `Nothing was done; if it is a real one, change it. Give it by --${flag}-file PATH, by --${flag}-fd N, or type it when asked${prompt}.`,
    { flag: `--${flag}`, ways: ways.map((way) => `--${flag}-${way}`) },
  );
}
