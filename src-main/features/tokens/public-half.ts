import type { PublicParts } from "#main/crypto/public-key.ts";
import { isKeysteadError } from "#shared/errors/keystead-error.ts";
import { ecParamsForms } from "./ec-params.ts";
import { ecPointForms } from "./ec-point.ts";
import type { TokenInUse } from "./token-in-use.ts";
import { CKK, CKO } from "./token-numbers.ts";
import type { Attributes, ObjectHandle } from "./token-port.ts";

/**
 * Puts the public half of a key pair on a token, in the first form the token takes (C37). `privateUses` as of `usesOf`: what the
 * private half does decides what its public half may.
 */
export async function createPublicHalf(
  token: TokenInUse,
  parts: PublicParts,
  name: { readonly label: string; readonly keyId: string },
  privateUses: readonly string[],
): Promise<ObjectHandle> {
  const common: Attributes = {
    CKA_CLASS: CKO.publicKey,
    CKA_TOKEN: true,
    CKA_PRIVATE: false,
    CKA_LABEL: name.label,
    CKA_ID: Buffer.from(name.keyId, "hex"),
    CKA_VERIFY: true,
  };
  const forms = formsOf(parts, privateUses);
  for (const [index, form] of forms.entries()) {
    try {
      return await token.module.createObject(token.slot.slotId, { ...common, ...form });
    } catch (error) {
      const next =
        isKeysteadError(error) &&
        ["tokens/not-permitted", "tokens/mechanism-missing", "tokens/failed"].includes(error.code);
      if (!next || index === forms.length - 1) throw error;
    }
  }
  throw new TypeError("a public key has at least one form");
}

function formsOf(parts: PublicParts, privateUses: readonly string[]): readonly Attributes[] {
  if (parts.type === "rsa") {
    // Said either way: left open, SoftHSM permits wrapping, and what is wrapped then could never be unwrapped.
    const uses = { CKA_ENCRYPT: privateUses.includes("decrypt"), CKA_WRAP: privateUses.includes("unwrap") };
    return [{ CKA_KEY_TYPE: CKK.rsa, CKA_MODULUS: parts.n, CKA_PUBLIC_EXPONENT: parts.e, ...uses }];
  }
  const [curve, point, type] =
    parts.type === "ed25519"
      ? (["ed25519", parts.publicKey, CKK.edwards] as const)
      : ([parts.curve, parts.point, CKK.ec] as const);
  return ecParamsForms(curve).flatMap((params) =>
    ecPointForms(point).map((form) => ({ CKA_KEY_TYPE: type, CKA_EC_PARAMS: params, CKA_EC_POINT: form })),
  );
}
