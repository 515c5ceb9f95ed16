import { CURVES } from "#main/crypto/curves.ts";
import { type DigestName, digest, digestInfo, digestInfoOf } from "#main/crypto/digest.ts";
import type { PublicParts } from "#main/crypto/public-key.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { readTokenSignature, rsToDer } from "./ecdsa-signature.ts";
import { type Abilities, canUse, missing } from "./mechanism-choice.ts";
import type { Mechanism } from "./token-port.ts";

/** How to sign with a key: what goes to the token, by which mechanism. */
export interface SignPlan {
  readonly mechanism: Mechanism;
  /** `digest`: the hash alone; `digest-info`: the hash in its DER frame, which the token pads. */
  readonly input: "message" | "digest" | "digest-info";
  /** `undefined` for Ed25519, which hashes inside. */
  readonly hash: DigestName | undefined;
}

export interface SignWish {
  /** Counts for RSA only; an ECDSA curve has its own. SHA-256 when absent. */
  readonly hash?: DigestName | undefined;
  /** RSASSA-PSS with a salt as long as the hash, instead of PKCS #1 v1.5. */
  readonly pss?: boolean;
  /** The hash is at hand and the message is not: only mechanisms that do not hash themselves will do. */
  readonly digested?: boolean;
  /** To check signatures instead, by the mechanism that would have made them. */
  readonly use?: "SIGN" | "VERIFY";
}

/**
 * A token that hashes itself gets the message; one that does not, or is given the hash alone, the hash (SoftHSM has CKM_ECDSA
 * and no CKM_ECDSA_SHA256). Errors: `mechanism-missing`; `not-permitted` for a digest and Ed25519.
 */
export function chooseSign(parts: PublicParts, abilities: Abilities, wish: SignWish = {}): SignPlan {
  const use = wish.use ?? "SIGN";
  if (parts.type === "ed25519") {
    if (wish.digested === true) throw needsMessage();
    if (canUse(abilities, "CKM_EDDSA", use))
      return { mechanism: { name: "CKM_EDDSA" }, input: "message", hash: undefined };
    throw missing("sign with Ed25519", ["CKM_EDDSA"]);
  }
  const hash = parts.type === "rsa" ? (wish.hash ?? "sha256") : CURVES[parts.curve].hash;
  const { bare, hashing, parameter, framed } = namesFor(parts.type, hash, wish.pss === true);
  const mechanism = (name: string): Mechanism => (parameter === undefined ? { name } : { name, parameter });
  if (wish.digested !== true && canUse(abilities, hashing, use))
    return { mechanism: mechanism(hashing), input: "message", hash };
  if (canUse(abilities, bare, use))
    return { mechanism: mechanism(bare), input: framed ? "digest-info" : "digest", hash };
  const what = use === "SIGN" ? "sign" : "check a signature";
  throw missing(`${what} with this key and ${hash}`, wish.digested === true ? [bare] : [hashing, bare]);
}

interface Names {
  /** Takes the hash. */
  readonly bare: string;
  /** Takes the message. */
  readonly hashing: string;
  readonly parameter?: Mechanism["parameter"];
  /** Whether `bare` wants the hash in its DER frame. */
  readonly framed: boolean;
}

function namesFor(type: "rsa" | "ecdsa", hash: DigestName, pss: boolean): Names {
  const upper = hash.toUpperCase();
  if (type === "ecdsa") return { bare: "CKM_ECDSA", hashing: `CKM_ECDSA_${upper}`, framed: false };
  if (!pss) return { bare: "CKM_RSA_PKCS", hashing: `CKM_${upper}_RSA_PKCS`, framed: true };
  if (hash === "sha1") throw new RangeError("PSS with SHA-1 is not offered");
  return {
    bare: "CKM_RSA_PKCS_PSS",
    hashing: `CKM_${upper}_RSA_PKCS_PSS`,
    parameter: { kind: "pss", hash, saltLength: pssSaltLength(hash) },
    framed: false,
  };
}

const LENGTHS = { sha1: 20, sha256: 32, sha384: 48, sha512: 64 } as const satisfies Record<DigestName, number>;

/** RFC 8017 section 9.1: as long as the hash, which is what everybody expects. */
export const pssSaltLength = (hash: DigestName): number => LENGTHS[hash];

/** What to hand to the token for `message`. */
export function signInput(plan: SignPlan, message: Buffer): Buffer {
  if (plan.hash === undefined || plan.input === "message") return message;
  return plan.input === "digest" ? digest(plan.hash, message) : digestInfo(plan.hash, message);
}

/** What to hand to the token for a message of which only `hash` is at hand. Error `request/invalid-params` for another length. */
export function signInputOfDigest(plan: SignPlan, hash: Buffer): Buffer {
  if (plan.hash === undefined || plan.input === "message") throw needsMessage();
  if (hash.length !== LENGTHS[plan.hash])
    throw new KeysteadError(
      "request/invalid-params",
      `A ${plan.hash.toUpperCase()} digest has ${LENGTHS[plan.hash]} bytes; this one has ${hash.length}. Hash the message with ${plan.hash.toUpperCase()}, or give the message itself.`,
      { bytes: hash.length },
    );
  return plan.input === "digest" ? hash : digestInfoOf(plan.hash, hash);
}

function needsMessage(): KeysteadError {
  return new KeysteadError(
    "tokens/not-permitted",
    "Ed25519 signs messages, not digests: it hashes by itself, twice. Give the message.",
  );
}

/** The token's answer as X.509 and SSH logins want it: ECDSA as DER, others as they are. Error `mechanism-broken`. */
export function signatureOf(parts: PublicParts, answer: Buffer): Buffer {
  if (parts.type !== "ecdsa") return answer;
  const rs = readTokenSignature(answer, CURVES[parts.curve].scalarBytes);
  if (rs !== undefined) return rsToDer(rs);
  throw new KeysteadError(
    "tokens/mechanism-broken",
    "The token answered with something that is no ECDSA signature. Run the module doctor on its library.",
    { mechanism: "ECDSA", bytes: answer.length },
  );
}
