import { CURVES } from "#main/crypto/curves.ts";
import type { PublicParts } from "#main/crypto/public-key.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { SIGN_ALGORITHMS, type SignAlgorithm } from "#shared/sign-algorithms.ts";
import type { SignWish } from "./sign-plan.ts";

const RSA: Readonly<Partial<Record<SignAlgorithm, SignWish>>> = {
  RSASSA_PKCS1_V1_5_SHA_256: { hash: "sha256" },
  RSASSA_PKCS1_V1_5_SHA_384: { hash: "sha384" },
  RSASSA_PKCS1_V1_5_SHA_512: { hash: "sha512" },
  RSASSA_PSS_SHA_256: { hash: "sha256", pss: true },
  RSASSA_PSS_SHA_384: { hash: "sha384", pss: true },
  RSASSA_PSS_SHA_512: { hash: "sha512", pss: true },
};

const EC = { sha256: "ECDSA_SHA_256", sha384: "ECDSA_SHA_384", sha512: "ECDSA_SHA_512" } as const;

/** What a key can sign with, the usual one first. */
export function algorithmsFor(parts: PublicParts): readonly [SignAlgorithm, ...SignAlgorithm[]] {
  if (parts.type === "ed25519") return ["ED25519"];
  if (parts.type === "ecdsa") return [EC[CURVES[parts.curve].hash]];
  const [first = "RSASSA_PKCS1_V1_5_SHA_256", ...rest] = SIGN_ALGORITHMS.filter((name) => RSA[name] !== undefined);
  return [first, ...rest];
}

/** The algorithm asked for, or the key's usual one. Error `request/invalid-params` when the key cannot have it. */
export function algorithmFor(parts: PublicParts, asked: SignAlgorithm | undefined): SignAlgorithm {
  const possible = algorithmsFor(parts);
  if (asked === undefined) return possible[0];
  if (possible.includes(asked)) return asked;
  throw new KeysteadError(
    "request/invalid-params",
    `This key does not sign with ${asked}. It signs with ${possible.join(", ")}.`,
    { field: "algorithm", possible },
  );
}

export function wishOf(algorithm: SignAlgorithm, messageType: "message" | "digest"): SignWish {
  return { ...RSA[algorithm], digested: messageType === "digest" };
}
