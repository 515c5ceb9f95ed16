import { constants, createPublicKey, type KeyObject, type VerifyKeyObjectInput, verify } from "node:crypto";

export type VerifyScheme =
  | { readonly kind: "rsa-pkcs1"; readonly hash: "sha1" | "sha256" | "sha384" | "sha512" }
  | { readonly kind: "rsa-pss"; readonly hash: "sha256" | "sha384" | "sha512"; readonly saltLength: number }
  /** `form`: DER of the two numbers, or r || s as tokens give them. */
  | { readonly kind: "ecdsa"; readonly hash: "sha256" | "sha384" | "sha512"; readonly form: "der" | "rs" }
  | { readonly kind: "ed25519" };

/** Whether `signature` is one over `message` by the key in `spki` (SubjectPublicKeyInfo, DER); false for anything malformed. */
export function verifySignature(
  spki: Buffer,
  scheme: VerifyScheme,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  try {
    const key = createPublicKey({ key: spki, format: "der", type: "spki" });
    return verify(scheme.kind === "ed25519" ? null : scheme.hash, message, inputOf(key, scheme), signature);
  } catch (error) {
    // A key or a signature that the library cannot even read proves nothing.
    if (error instanceof Error && "code" in error) return false;
    throw error;
  }
}

function inputOf(key: KeyObject, scheme: VerifyScheme): VerifyKeyObjectInput {
  switch (scheme.kind) {
    case "rsa-pkcs1":
      return { key, padding: constants.RSA_PKCS1_PADDING };
    case "rsa-pss":
      return { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: scheme.saltLength };
    case "ecdsa":
      return { key, dsaEncoding: scheme.form === "der" ? "der" : "ieee-p1363" };
    case "ed25519":
      return { key };
  }
}
