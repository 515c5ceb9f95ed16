import pkcs11js, { type Attribute, type Template } from "pkcs11js";
import type { Attributes, AttributeValue } from "#main/features/tokens/token-port.ts";
import { ulong } from "./native-values.ts";
import type { Kept } from "./session-table.ts";

type Kind = "text" | "flag" | "number" | "bytes";

const TEXT = ["CKA_LABEL", "CKA_APPLICATION", "CKA_URL"];
const NUMBERS = [
  "CKA_CLASS",
  "CKA_CERTIFICATE_TYPE",
  "CKA_CERTIFICATE_CATEGORY",
  "CKA_JAVA_MIDP_SECURITY_DOMAIN",
  "CKA_NAME_HASH_ALGORITHM",
  "CKA_KEY_TYPE",
  "CKA_MODULUS_BITS",
  "CKA_PRIME_BITS",
  "CKA_SUBPRIME_BITS",
  "CKA_VALUE_BITS",
  "CKA_VALUE_LEN",
  "CKA_KEY_GEN_MECHANISM",
  "CKA_AUTH_PIN_FLAGS",
  "CKA_HW_FEATURE_TYPE",
];
const FLAGS = [
  "CKA_TOKEN",
  "CKA_PRIVATE",
  "CKA_TRUSTED",
  "CKA_SENSITIVE",
  "CKA_ENCRYPT",
  "CKA_DECRYPT",
  "CKA_WRAP",
  "CKA_UNWRAP",
  "CKA_SIGN",
  "CKA_SIGN_RECOVER",
  "CKA_VERIFY",
  "CKA_VERIFY_RECOVER",
  "CKA_DERIVE",
  "CKA_EXTRACTABLE",
  "CKA_LOCAL",
  "CKA_NEVER_EXTRACTABLE",
  "CKA_ALWAYS_SENSITIVE",
  "CKA_MODIFIABLE",
  "CKA_COPYABLE",
  "CKA_DESTROYABLE",
  "CKA_ALWAYS_AUTHENTICATE",
  "CKA_WRAP_WITH_TRUSTED",
];

/** PKCS#11 3.x attributes that pkcs11js has no name for. */
const NEWER: Readonly<Record<string, number>> = { CKA_UNIQUE_ID: 0x4, CKA_PUBLIC_KEY_INFO: 0x129 };

const types = new Map<string, number>(Object.entries(NEWER));
for (const [name, type] of Object.entries(pkcs11js)) {
  if (name.startsWith("CKA_") && typeof type === "number") types.set(name, type);
}

function kindOf(name: string): Kind {
  if (TEXT.includes(name)) return "text";
  if (FLAGS.includes(name)) return "flag";
  return NUMBERS.includes(name) ? "number" : "bytes";
}

export function attributeType(name: string): number {
  const type = types.get(name);
  if (type === undefined) throw new TypeError(`unknown attribute ${name}`);
  return type;
}

/**
 * A template for the native side. Checked here in full: after an unusable element pkcs11js frees memory it never set.
 */
export function template(attributes: Attributes): Template {
  return Object.entries(attributes).map(([name, value]): Attribute => {
    const kind = kindOf(name);
    const fits =
      (kind === "bytes" && Buffer.isBuffer(value)) ||
      (kind === "flag" && typeof value === "boolean") ||
      (kind === "text" && typeof value === "string") ||
      // pkcs11js cuts numbers to 32 bits without a word.
      (kind === "number" && Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 0xffff_ffff);
    if (!fits) throw new TypeError(`attribute ${name} has the wrong kind of value`);
    return { type: attributeType(name), value: typeof value === "string" ? Buffer.from(value, "utf8") : value };
  });
}

/** The value as the port knows it; `undefined` for one of a length that its kind cannot have. */
export function decoded(name: string, value: Buffer): AttributeValue | undefined {
  switch (kindOf(name)) {
    case "text":
      return value.toString("utf8").replace(/\0+$/, "");
    case "flag":
      return value.length === 1 ? value[0] !== 0 : undefined;
    case "number":
      return ulong(value);
    case "bytes":
      return value;
  }
}

/** What a template asks for, or an object says of itself; left out, CKA_TOKEN is false (PKCS#11 2.40 section 4.4). */
export const keptAs = ({ CKA_TOKEN: token }: { readonly CKA_TOKEN?: AttributeValue | undefined }): Kept =>
  token === true ? "token-object" : "session-object";
