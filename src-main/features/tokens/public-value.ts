import { isCurve } from "#main/crypto/curves.ts";
import { DerReader, TAG } from "#main/crypto/formats/der.ts";
import { FormatFault } from "#main/crypto/formats/format-fault.ts";
import {
  bitsOfParts,
  decodePublicBlob,
  EC_OID,
  ED25519_OID,
  encodePublicBlob,
  encodeSpki,
  fingerprints,
  type PublicParts,
  publicPem,
  RSA_OID,
} from "#main/crypto/public-key.ts";
import { readEcParams, type TokenCurve } from "./ec-params.ts";
import { readEcPoint } from "./ec-point.ts";
import { CKK } from "./token-numbers.ts";
import type { Attributes } from "./token-port.ts";

/** What to read of a key to know its public value; a private RSA key has it too, a private EC key seldom (C35). */
export const PUBLIC_VALUE_ATTRIBUTES = [
  "CKA_KEY_TYPE",
  "CKA_MODULUS",
  "CKA_PUBLIC_EXPONENT",
  "CKA_EC_PARAMS",
  "CKA_EC_POINT",
] as const;

/** A public key in the forms the rest of Keystead takes. */
export interface PublicValue {
  readonly parts: PublicParts;
  /** RFC 4253 section 6.6. */
  readonly blob: Buffer;
  readonly spki: Buffer;
  readonly pem: string;
  /** `SHA256:…` of the blob. */
  readonly fingerprint: string;
  readonly bits: number;
}

/** The public value in a key's attributes; `undefined` when they have none, or one of a kind that SSH and X.509 here do not use. */
export function publicValueOf(attributes: Attributes): PublicValue | undefined {
  return orUndefined(() => partsOf(attributes));
}

/** The public value in a SubjectPublicKeyInfo, DER. */
export function publicValueOfSpki(spki: Buffer): PublicValue | undefined {
  return orUndefined(() => {
    const reader = new DerReader(spki);
    const parts = readSpki(reader);
    reader.end();
    return parts;
  });
}

/** The public value in an X.509 certificate, DER (RFC 5280 section 4.1): what links it to its key when ids fail (C34). */
export function publicValueOfCertificate(certificate: Buffer): PublicValue | undefined {
  return orUndefined(() => {
    const body = new DerReader(certificate).sequence().sequence();
    if (body.peek(TAG.context(0))) body.content(TAG.context(0));
    body.content(TAG.integer); // serial number: negative ones exist
    for (const _part of ["signature", "issuer", "validity", "subject"]) body.content(TAG.sequence);
    return readSpki(body);
  });
}

/** The curve of a key's attributes, also of those that have no public value here. */
export function curveOf(attributes: Attributes): TokenCurve | undefined {
  const params = attributes.CKA_EC_PARAMS;
  return Buffer.isBuffer(params) ? readEcParams(params) : undefined;
}

function partsOf(attributes: Attributes): PublicParts | undefined {
  const { CKA_KEY_TYPE: type, CKA_MODULUS: n, CKA_PUBLIC_EXPONENT: e, CKA_EC_POINT: point } = attributes;
  if (type === CKK.rsa) {
    if (!Buffer.isBuffer(n) || !Buffer.isBuffer(e)) return undefined;
    return { type: "rsa", n: withoutZeros(n), e: withoutZeros(e) };
  }
  const curve = curveOf(attributes);
  if (curve === undefined || !Buffer.isBuffer(point)) return undefined;
  const value = readEcPoint(point, curve);
  if (value === undefined) return undefined;
  if (curve === "ed25519" && (type === CKK.edwards || type === CKK.ec)) return { type: "ed25519", publicKey: value };
  return type === CKK.ec && isCurve(curve) ? { type: "ecdsa", curve, point: value } : undefined;
}

function readSpki(reader: DerReader): PublicParts | undefined {
  const info = reader.sequence();
  const algorithm = info.sequence();
  const oid = algorithm.oid();
  const bits = info.bits();
  info.end();
  if (oid === ED25519_OID) return { type: "ed25519", publicKey: bits };
  if (oid === RSA_OID) {
    const key = new DerReader(bits).sequence();
    return { type: "rsa", n: key.magnitude(), e: key.magnitude() };
  }
  if (oid !== EC_OID) return undefined;
  // The rest of the algorithm is what a token has in CKA_EC_PARAMS.
  const curve = readEcParams(algorithm.rest());
  return curve !== undefined && isCurve(curve) ? { type: "ecdsa", curve, point: bits } : undefined;
}

/** Tokens pad numbers to the key's length, some with a sign byte. */
function withoutZeros(bytes: Buffer): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0);
  return bytes.subarray(first === -1 ? bytes.length : first);
}

/** The blob is read back, so that numbers which are no key and points off their curve end here and not in a login. */
function orUndefined(read: () => PublicParts | undefined): PublicValue | undefined {
  try {
    const parts = read();
    if (parts === undefined) return undefined;
    const blob = encodePublicBlob(parts);
    decodePublicBlob(blob);
    const fingerprint = fingerprints(blob).sha256;
    return {
      parts,
      blob,
      fingerprint,
      bits: bitsOfParts(parts),
      // Made when asked for: a list of thousands of keys shows neither.
      get spki() {
        return encodeSpki(parts);
      },
      get pem() {
        return publicPem(blob);
      },
    };
  } catch (error) {
    if (error instanceof FormatFault) return undefined;
    throw error;
  }
}
