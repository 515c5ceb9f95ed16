import type { Attributes } from "./token-port.ts";

/** Read back after every generation and shown: what the token says, not what was asked (C47). */
export const PROTECTION_ATTRIBUTES = [
  "CKA_LOCAL",
  "CKA_SENSITIVE",
  "CKA_EXTRACTABLE",
  "CKA_ALWAYS_SENSITIVE",
  "CKA_NEVER_EXTRACTABLE",
  "CKA_MODIFIABLE",
] as const;

export const USE_ATTRIBUTES = [
  "CKA_SIGN",
  "CKA_VERIFY",
  "CKA_ENCRYPT",
  "CKA_DECRYPT",
  "CKA_WRAP",
  "CKA_UNWRAP",
  "CKA_DERIVE",
] as const;

export interface Protection {
  readonly local?: boolean;
  readonly sensitive?: boolean;
  readonly extractable?: boolean;
  readonly alwaysSensitive?: boolean;
  readonly neverExtractable?: boolean;
  readonly modifiable?: boolean;
}

/** An attribute that the token does not give is left out: unknown is neither yes nor no. */
export function protectionOf(attributes: Attributes): Protection {
  const flag = (name: string, key: keyof Protection) =>
    typeof attributes[name] === "boolean" ? { [key]: attributes[name] } : {};
  return {
    ...flag("CKA_LOCAL", "local"),
    ...flag("CKA_SENSITIVE", "sensitive"),
    ...flag("CKA_EXTRACTABLE", "extractable"),
    ...flag("CKA_ALWAYS_SENSITIVE", "alwaysSensitive"),
    ...flag("CKA_NEVER_EXTRACTABLE", "neverExtractable"),
    ...flag("CKA_MODIFIABLE", "modifiable"),
  };
}

export function usesOf(attributes: Attributes): string[] {
  return USE_ATTRIBUTES.filter((name) => attributes[name] === true).map((name) => name.slice(4).toLowerCase());
}

/** Only a key made on the token and never readable since may be called "made in hardware"; an imported one never (C47). */
export function isMadeAndKeptOnToken(protection: Protection): boolean {
  return protection.local === true && protection.alwaysSensitive === true && protection.neverExtractable === true;
}

/** Where the token did otherwise than asked, as sentences; a key with any of them is not what its owner believes. */
export function readBackDifferences(asked: { readonly extractable: boolean }, got: Protection): readonly string[] {
  const differences: string[] = [];
  if (got.sensitive === false)
    differences.push("The token lets the key be read in clear, although it was asked not to.");
  if (got.extractable === true && !asked.extractable) {
    differences.push("The token lets the key leave wrapped, although it was asked not to.");
  }
  if (got.extractable === false && asked.extractable) {
    differences.push("The token does not let the key leave, so it cannot be backed up.");
  }
  if (got.local === false) differences.push("The token does not call the key its own make.");
  return differences;
}
