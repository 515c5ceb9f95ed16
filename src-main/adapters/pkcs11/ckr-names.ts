import pkcs11js from "pkcs11js";

/** Return values of PKCS#11 3.x that pkcs11js, which knows 2.40, reports as CKR_VENDOR_DEFINED. */
const NEWER: Readonly<Record<number, string>> = {
  27: "CKR_ACTION_PROHIBITED",
  66: "CKR_AEAD_DECRYPT_FAILED",
  320: "CKR_CURVE_NOT_SUPPORTED",
  513: "CKR_TOKEN_RESOURCE_EXCEEDED",
  514: "CKR_OPERATION_CANCEL_FAILED",
  515: "CKR_KEY_EXHAUSTED",
};

const names = new Map<number, string>(
  Object.entries(NEWER).map(([code, name]): [number, string] => [Number(code), name]),
);
for (const [name, value] of Object.entries(pkcs11js)) {
  if (name.startsWith("CKR_") && typeof value === "number" && name !== "CKR_VENDOR_DEFINED") names.set(value, name);
}

/** The name, or the number in hex: a vendor's own values are kept as they are, never made into something known (C9). */
export const ckrName = (code: number): string => names.get(code) ?? `0x${code.toString(16).padStart(8, "0")}`;
