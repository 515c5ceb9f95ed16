import type { TokenObject } from "#shared/models/token.ts";

/** CKO_… and CKK_… values (PKCS#11 3.0, pkcs11t.h), as the port carries `CKA_CLASS` and `CKA_KEY_TYPE`. */
export const CKO = { data: 0, certificate: 1, publicKey: 2, privateKey: 3, secretKey: 4 } as const;
export const CKK = { rsa: 0, ec: 3, genericSecret: 0x10, aes: 0x1f, edwards: 0x40, montgomery: 0x41 } as const;
export const CKC_X_509 = 0;

const CLASSES: Readonly<Record<number, TokenObject["class"]>> = {
  [CKO.data]: "data",
  [CKO.certificate]: "certificate",
  [CKO.publicKey]: "public-key",
  [CKO.privateKey]: "private-key",
  [CKO.secretKey]: "secret-key",
};

export function objectClassOf(value: unknown): TokenObject["class"] {
  return (typeof value === "number" ? CLASSES[value] : undefined) ?? "other";
}

const KEY_TYPES: Readonly<Record<number, string>> = {
  [CKK.rsa]: "RSA",
  1: "DSA",
  2: "DH",
  [CKK.ec]: "EC",
  [CKK.genericSecret]: "Generic secret",
  19: "DES",
  21: "3DES",
  [CKK.aes]: "AES",
  48: "GOST R 34.10",
  [CKK.edwards]: "Ed25519",
  [CKK.montgomery]: "X25519",
};

/** A key type in the console's words; a vendor's own as its number. */
export function keyTypeName(value: unknown): string | undefined {
  if (typeof value !== "number") return undefined;
  return KEY_TYPES[value] ?? `0x${value.toString(16)}`;
}
