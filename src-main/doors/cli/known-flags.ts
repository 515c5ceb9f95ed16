import type { ContractEntry } from "#shared/contract/index.ts";
import { type Field, fieldsOf } from "./fields.ts";

/** Flags of the command line itself. No parameter of any operation may have one of these names; a test watches. */
export const OWN_FLAGS = {
  json: "value",
  "json-file": "value",
  "vault-user": "value",
  "vault-password-file": "value",
  "vault-password-fd": "value",
  "vault-token": "value",
  "vault-pin-file": "value",
  "vault-pin-fd": "value",
  "no-wait": "nothing",
} as const satisfies Record<string, "value" | "nothing">;

export const BATCH_FLAGS = {
  "vault-user": "value",
  "vault-password-file": "value",
  "vault-password-fd": "value",
  "vault-token": "value",
  "vault-pin-file": "value",
  "vault-pin-fd": "value",
  "vault-password-prompt": "nothing",
  sequential: "nothing",
  parallel: "value",
} as const satisfies Record<string, "value" | "nothing">;

export type SecretWay = "file" | "fd" | "prompt";
export const SECRET_WAYS: readonly SecretWay[] = ["file", "fd", "prompt"];

/** Where a secret is to be read from; `source` is a path or a descriptor number as written, empty for a prompt. */
export interface SecretWish {
  readonly field: Field;
  readonly way: SecretWay;
  readonly source: string;
}

/** What a flag means for one operation. */
export type Meaning =
  | { readonly kind: "own"; readonly takes: "value" | "nothing" }
  | { readonly kind: "field"; readonly field: Field; readonly takes: "value" | "nothing"; readonly negated: boolean }
  | { readonly kind: "secret"; readonly field: Field; readonly way: SecretWay; readonly takes: "value" | "nothing" };

/** Every flag an operation understands. Throws a TypeError when two meanings would share a name. */
export function knownFlags({ name, definition }: ContractEntry): ReadonlyMap<string, Meaning> {
  const known = new Map<string, Meaning>();
  const add = (flag: string, meaning: Meaning) => {
    if (known.has(flag)) throw new TypeError(`${name}: the flag --${flag} would have two meanings`);
    known.set(flag, meaning);
  };
  for (const [flag, takes] of Object.entries(OWN_FLAGS)) add(flag, { kind: "own", takes });
  for (const field of fieldsOf(definition)) {
    const takes = field.type === "boolean" ? "nothing" : "value";
    add(field.flag, { kind: "field", field, takes, negated: false });
    if (field.type === "boolean") add(`no-${field.flag}`, { kind: "field", field, takes, negated: true });
    if (!field.secret) continue;
    for (const way of SECRET_WAYS)
      add(`${field.flag}-${way}`, { kind: "secret", field, way, takes: way === "prompt" ? "nothing" : "value" });
  }
  return known;
}
