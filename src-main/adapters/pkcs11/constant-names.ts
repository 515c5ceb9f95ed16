import pkcs11js from "pkcs11js";

const constants = Object.entries(pkcs11js).filter(
  (entry): entry is [string, number] => typeof entry[1] === "number" && entry[0].startsWith("CK"),
);

/** Mechanisms of PKCS#11 3.x, which pkcs11js does not name. */
const NEWER_MECHANISMS: Readonly<Record<string, number>> = {
  CKM_SHA3_256: 0x2b0,
  CKM_SHA3_384: 0x2c0,
  CKM_SHA3_512: 0x2d0,
  CKM_RSA_AES_KEY_WRAP: 0x1054,
  CKM_EC_EDWARDS_KEY_PAIR_GEN: 0x1055,
  CKM_EC_MONTGOMERY_KEY_PAIR_GEN: 0x1056,
  CKM_EDDSA: 0x1057,
  CKM_XEDDSA: 0x1058,
  CKM_AES_KEY_WRAP: 0x2109,
  CKM_AES_KEY_WRAP_PAD: 0x210a,
  CKM_AES_KEY_WRAP_KWP: 0x210b,
  CKM_AES_KEY_WRAP_PKCS7: 0x210c,
  CKM_CHACHA20_POLY1305: 0x4021,
};

const mechanismTypes = new Map<string, number>([
  ...constants.filter(([name]) => name.startsWith("CKM_")),
  ...Object.entries(NEWER_MECHANISMS),
]);

const mechanismNames = new Map<number, string>();
for (const [name, type] of mechanismTypes) {
  // Several constants have two names; the shorter one is the standard's present one (CKM_EC_KEY_PAIR_GEN, not CKM_ECDSA_…).
  const known = mechanismNames.get(type);
  if (known === undefined || name.length < known.length) mechanismNames.set(type, name);
}

export const mechanismName = (type: number): string => mechanismNames.get(type) ?? `0x${type.toString(16)}`;

/** The number behind a name; `0x…` is taken as the number itself. */
export function mechanismType(name: string): number {
  const type = mechanismTypes.get(name) ?? (/^0x[0-9a-f]{1,8}$/i.test(name) ? Number(name) : undefined);
  if (type === undefined) throw new TypeError(`unknown mechanism ${name}`);
  return type;
}

/** Flags mean different things in different structures, so each has its own list. */
export type FlagTable = readonly (readonly [number, string])[];
const table = (...names: readonly string[]): FlagTable =>
  names.map((name) => [(pkcs11js as unknown as Record<string, number>)[`CKF_${name}`] ?? 0, name] as const);

export const SLOT_FLAGS = table("TOKEN_PRESENT", "REMOVABLE_DEVICE", "HW_SLOT");
export const TOKEN_FLAGS = table(
  "RNG",
  "WRITE_PROTECTED",
  "LOGIN_REQUIRED",
  "USER_PIN_INITIALIZED",
  "RESTORE_KEY_NOT_NEEDED",
  "CLOCK_ON_TOKEN",
  "PROTECTED_AUTHENTICATION_PATH",
  "DUAL_CRYPTO_OPERATIONS",
  "TOKEN_INITIALIZED",
  "SECONDARY_AUTHENTICATION",
  "USER_PIN_COUNT_LOW",
  "USER_PIN_FINAL_TRY",
  "USER_PIN_LOCKED",
  "USER_PIN_TO_BE_CHANGED",
  "SO_PIN_COUNT_LOW",
  "SO_PIN_FINAL_TRY",
  "SO_PIN_LOCKED",
  "SO_PIN_TO_BE_CHANGED",
  "ERROR_STATE",
);
export const MECHANISM_FLAGS = table(
  "HW",
  "ENCRYPT",
  "DECRYPT",
  "DIGEST",
  "SIGN",
  "SIGN_RECOVER",
  "VERIFY",
  "VERIFY_RECOVER",
  "GENERATE",
  "GENERATE_KEY_PAIR",
  "WRAP",
  "UNWRAP",
  "DERIVE",
  "EC_F_P",
  "EC_F_2M",
  "EC_ECPARAMETERS",
  "EC_NAMEDCURVE",
  "EC_UNCOMPRESS",
  "EC_COMPRESS",
  "EXTENSION",
);

export const flagNames = (flags: number, names: FlagTable): readonly string[] =>
  // `& bit` alone would be negative for bit 31; only whether it is set matters.
  names.filter(([bit]) => bit !== 0 && (flags & bit) !== 0).map(([, name]) => name);
