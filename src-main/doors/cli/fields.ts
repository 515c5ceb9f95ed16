import { z } from "zod";
import type { Operation } from "#shared/contract/operation.ts";
import { flagOf } from "./names.ts";

export type FieldType = "text" | "number" | "integer" | "boolean" | "choice" | "list";

/** One parameter that can be given on the command line: a leaf of the operation's schema. */
export interface Field {
  /** Dotted path in the parameters, e.g. `file.passphrase`. */
  readonly path: string;
  /** Without dashes, e.g. `file.passphrase`. */
  readonly flag: string;
  readonly type: FieldType;
  /** Of a list: whether its entries are texts. */
  readonly ofText: boolean;
  readonly choices: readonly string[];
  /** `with-parent`: must be given once the optional object it belongs to is given at all. */
  readonly required: "always" | "with-parent" | "never";
  readonly default: unknown;
  readonly secret: boolean;
  readonly minLength: number;
  readonly maxLength: number | undefined;
  /** Bounds in words for the help, e.g. `1…1000`. */
  readonly bounds: string;
}

/** The part of JSON Schema that zod writes for the contract's parameters. */
interface JsonSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly items?: JsonSchema;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
}

/** Every parameter of an operation, in the schema's order. Comes from zod's own JSON Schema: nothing is listed by hand. */
export function fieldsOf(definition: Operation): readonly Field[] {
  const schema = z.toJSONSchema(definition.params, { io: "input" }) as JsonSchema;
  return leaves(schema, { prefix: "", required: true }, new Set(definition.secret ?? []));
}

interface Parent {
  readonly prefix: string;
  readonly required: boolean;
}

function leaves(schema: JsonSchema, parent: Parent, secret: ReadonlySet<string>): readonly Field[] {
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties ?? {}).flatMap(([key, part]) => {
    const path = `${parent.prefix}${key}`;
    const needed = required.has(key);
    if (part.type === "object")
      return leaves(part, { prefix: `${path}.`, required: parent.required && needed }, secret);
    return [field(part, path, needed ? (parent.required ? "always" : "with-parent") : "never", secret.has(path))];
  });
}

function field(part: JsonSchema, path: string, required: Field["required"], secret: boolean): Field {
  return {
    path,
    flag: flagOf(path),
    type: typeOf(part, path),
    ofText: part.items?.type === "string",
    choices: (part.enum ?? []).map(String),
    required,
    default: part.default,
    secret,
    minLength: part.minLength ?? 0,
    maxLength: part.maxLength,
    bounds: boundsOf(part),
  };
}

function typeOf(part: JsonSchema, path: string): FieldType {
  if (part.enum !== undefined) return "choice";
  switch (part.type) {
    case "string":
      return "text";
    case "number":
    case "integer":
    case "boolean":
      return part.type;
    case "array":
      return "list";
    default:
      throw new TypeError(`The command line cannot write the parameter ${path} (${part.type ?? "no type"})`);
  }
}

function boundsOf({ minimum, maximum }: JsonSchema): string {
  const most = maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? "" : String(maximum);
  return minimum === undefined && most === "" ? "" : `${minimum ?? ""}…${most}`;
}
