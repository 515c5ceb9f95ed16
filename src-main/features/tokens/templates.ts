import type { PublicParts } from "#main/crypto/public-key.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import type { TokenKeySpec } from "#shared/models/token.ts";
import { ecParamsForms } from "./ec-params.ts";
import { CKK, CKO } from "./token-numbers.ts";
import type { Attributes, Mechanism } from "./token-port.ts";

export interface KeyWish {
  readonly spec: TokenKeySpec;
  readonly label: string;
  /** CKA_ID, hex. */
  readonly keyId: string;
  /** May leave the token, wrapped: decided now and for ever (C46, C47). */
  readonly extractable: boolean;
  /**
   * `wrap`: wraps other keys and does nothing else. A key that wraps and decrypts would give wrapped keys away in clear to
   * anyone who may use it.
   */
  readonly purpose: "general" | "wrap";
}

export type Generation =
  | { readonly kind: "secret"; readonly mechanism: Mechanism; readonly template: Attributes }
  | {
      readonly kind: "pair";
      readonly mechanism: Mechanism;
      readonly publicTemplate: Attributes;
      readonly privateTemplate: Attributes;
    };

/**
 * How to generate a key: on the token, private, sensitive (C47). Several where tokens differ in how they want the curve named;
 * the next is for a token that refuses the one before. Error `request/invalid-params` for a wrapping key that cannot wrap.
 */
export function generationsOf(wish: KeyWish): readonly [Generation, ...Generation[]] {
  const { spec } = wish;
  if (spec === "aes-128" || spec === "aes-192" || spec === "aes-256") return [aes(wish, Number(spec.slice(4)))];
  if (spec === "rsa-2048" || spec === "rsa-3072" || spec === "rsa-4096") return [rsa(wish, Number(spec.slice(4)))];
  if (wish.purpose === "wrap") {
    throw new KeysteadError(
      "request/invalid-params",
      "An elliptic-curve key cannot wrap other keys. Take an AES key, or an RSA key to receive one.",
    );
  }
  if (spec === "ed25519") {
    const mechanism = { name: "CKM_EC_EDWARDS_KEY_PAIR_GEN" };
    const [first, ...others] = ecParamsForms("ed25519").map((params) => curve(wish, mechanism, CKK.edwards, params));
    return [first as Generation, ...others];
  }
  const [params] = ecParamsForms(spec === "ecdsa-p256" ? "nistp256" : "nistp384");
  return [curve(wish, { name: "CKM_EC_KEY_PAIR_GEN" }, CKK.ec, params)];
}

function aes(wish: KeyWish, bits: number): Generation {
  return {
    kind: "secret",
    mechanism: { name: "CKM_AES_KEY_GEN" },
    template: {
      ...common(wish),
      ...guarded(wish.extractable),
      CKA_CLASS: CKO.secretKey,
      CKA_KEY_TYPE: CKK.aes,
      CKA_VALUE_LEN: bits / 8,
      ...secretUses(wish.purpose),
    },
  };
}

function secretUses(purpose: KeyWish["purpose"]): Attributes {
  const wraps = purpose === "wrap";
  const uses = { CKA_WRAP: wraps, CKA_UNWRAP: wraps, CKA_ENCRYPT: !wraps, CKA_DECRYPT: !wraps };
  // Said too: what a template leaves open, some tokens permit.
  return { ...uses, CKA_SIGN: false, CKA_VERIFY: false, CKA_DERIVE: false };
}

function rsa(wish: KeyWish, bits: number): Generation {
  const wraps = wish.purpose === "wrap";
  return {
    kind: "pair",
    mechanism: { name: "CKM_RSA_PKCS_KEY_PAIR_GEN" },
    publicTemplate: {
      ...publicHalf(wish, CKK.rsa),
      CKA_MODULUS_BITS: bits,
      CKA_PUBLIC_EXPONENT: Buffer.of(1, 0, 1),
      CKA_VERIFY: !wraps,
      CKA_ENCRYPT: !wraps,
      CKA_WRAP: wraps,
    },
    privateTemplate: {
      ...privateHalf(wish, CKK.rsa),
      CKA_SIGN: !wraps,
      CKA_DECRYPT: !wraps,
      CKA_UNWRAP: wraps,
    },
  };
}

/** ECDH besides ECDSA on the NIST curves: a vault's slot of its own is opened by it. */
function curve(wish: KeyWish, mechanism: Mechanism, keyType: number, params: Buffer): Generation {
  const derives = keyType === CKK.ec ? { CKA_DERIVE: true } : {};
  return {
    kind: "pair",
    mechanism,
    publicTemplate: { ...publicHalf(wish, keyType), CKA_EC_PARAMS: params, CKA_VERIFY: true },
    privateTemplate: { ...privateHalf(wish, keyType), CKA_SIGN: true, ...derives },
  };
}

function common(wish: Pick<KeyWish, "label" | "keyId">): Attributes {
  return { CKA_TOKEN: true, CKA_LABEL: wish.label, CKA_ID: Buffer.from(wish.keyId, "hex") };
}

function guarded(extractable: boolean): Attributes {
  return { CKA_PRIVATE: true, CKA_SENSITIVE: true, CKA_EXTRACTABLE: extractable };
}

function publicHalf(wish: KeyWish, keyType: number): Attributes {
  return { ...common(wish), CKA_PRIVATE: false, CKA_CLASS: CKO.publicKey, CKA_KEY_TYPE: keyType };
}

function privateHalf(wish: KeyWish, keyType: number): Attributes {
  return { ...common(wish), ...guarded(wish.extractable), CKA_CLASS: CKO.privateKey, CKA_KEY_TYPE: keyType };
}

/** For C_UnwrapKey of a secret key: AES, sensitive from the first moment. Some tokens want the length, others refuse it. */
export function unwrapSecretTemplate(wish: Omit<KeyWish, "spec">, valueBytes?: number): Attributes {
  return {
    ...common(wish),
    ...guarded(wish.extractable),
    CKA_CLASS: CKO.secretKey,
    CKA_KEY_TYPE: CKK.aes,
    ...(valueBytes === undefined ? {} : { CKA_VALUE_LEN: valueBytes }),
    ...secretUses(wish.purpose),
  };
}

/** For C_UnwrapKey of a private key. */
export function unwrapPrivateTemplate(
  wish: Pick<KeyWish, "label" | "keyId" | "extractable">,
  parts: PublicParts,
): Attributes {
  const keyType = parts.type === "rsa" ? CKK.rsa : parts.type === "ecdsa" ? CKK.ec : CKK.edwards;
  const uses = parts.type === "rsa" ? { CKA_DECRYPT: true } : parts.type === "ecdsa" ? { CKA_DERIVE: true } : {};
  return {
    ...common(wish),
    ...guarded(wish.extractable),
    CKA_CLASS: CKO.privateKey,
    CKA_KEY_TYPE: keyType,
    CKA_SIGN: true,
    ...uses,
  };
}

/** Another token's RSA public key, put here for as long as the session lasts, to wrap a key for it. */
export function foreignWrappingKeyTemplate(parts: PublicParts & { readonly type: "rsa" }): Attributes {
  return {
    CKA_TOKEN: false,
    CKA_PRIVATE: false,
    CKA_CLASS: CKO.publicKey,
    CKA_KEY_TYPE: CKK.rsa,
    CKA_MODULUS: parts.n,
    CKA_PUBLIC_EXPONENT: parts.e,
    CKA_WRAP: true,
    CKA_ENCRYPT: true,
  };
}
