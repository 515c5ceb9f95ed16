import { createECDH, createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { CURVES, type Curve, curveOfOid } from "./curves.ts";
import { DerReader, der, derInteger, derNumber, derOid, derSequence, TAG } from "./formats/der.ts";
import { FormatFault } from "./formats/format-fault.ts";
import { unsupportedKey } from "./key-errors.ts";
import { bitLength, EC_OID, ED25519_OID, encodeSpki, NULL, type PublicParts, RSA_OID } from "./public-key.ts";

/**
 * A private key taken apart, in memory of its own; it carries its public half. All numbers are big-endian magnitudes.
 * Whoever asked for it calls `wipeParts`.
 */
export type PrivateParts =
  | { readonly type: "ed25519"; readonly seed: Buffer; readonly publicKey: Buffer }
  | ({ readonly type: "rsa" } & RsaNumbers)
  | { readonly type: "ecdsa"; readonly curve: Curve; readonly scalar: Buffer; readonly point: Buffer };

export interface RsaNumbers {
  readonly n: Buffer;
  readonly e: Buffer;
  readonly d: Buffer;
  readonly p: Buffer;
  readonly q: Buffer;
  /** d mod (p-1) and d mod (q-1). */
  readonly dp: Buffer;
  readonly dq: Buffer;
  /** q^-1 mod p. */
  readonly qi: Buffer;
}

/** PrivateKeyInfo version 0 (RFC 5208), DER: the one form every runtime reads. Ed25519 without the public half. */
export function encodePkcs8(parts: PrivateParts): Buffer {
  if (parts.type === "ed25519") {
    return pkcs8(derSequence(derOid(ED25519_OID)), der(TAG.octetString, parts.seed));
  }
  if (parts.type === "rsa") return pkcs8(derSequence(derOid(RSA_OID), NULL), encodePkcs1(parts));
  return pkcs8(derSequence(derOid(EC_OID), derOid(CURVES[parts.curve].oid)), encodeEcPrivateKey(parts));
}

function pkcs8(algorithm: Buffer, key: Buffer): Buffer {
  const bytes = derSequence(derNumber(0), algorithm, der(TAG.octetString, key));
  key.fill(0);
  return bytes;
}

/** RSAPrivateKey (RFC 8017 appendix A.1.2). */
function encodePkcs1(k: RsaNumbers): Buffer {
  const numbers = [k.n, k.e, k.d, k.p, k.q, k.dp, k.dq, k.qi].map(derInteger);
  const bytes = derSequence(derNumber(0), ...numbers);
  for (const number of numbers) number.fill(0);
  return bytes;
}

/** ECPrivateKey (RFC 5915) as it stands inside PKCS#8: the curve is named outside. */
function encodeEcPrivateKey(parts: { readonly scalar: Buffer; readonly point: Buffer }): Buffer {
  const publicKey = der(TAG.bitString, Buffer.of(0), parts.point);
  return derSequence(derNumber(1), der(TAG.octetString, parts.scalar), der(TAG.context(1), publicKey));
}

/** Takes PrivateKeyInfo or OneAsymmetricKey (RFC 5958, version 1 with a public key) apart, and checks it. */
export function decodePkcs8(bytes: Buffer): PrivateParts {
  const whole = new DerReader(bytes);
  const info = whole.sequence();
  whole.end();
  const version = info.number();
  if (version > 1) throw new FormatFault("the PKCS#8 version is not known");
  const algorithm = info.sequence();
  const oid = algorithm.oid();
  const key = info.octets();
  if (info.peek(TAG.context(0))) info.content(TAG.context(0));
  const publicKey = version === 1 ? publicKeyBehind(info) : undefined;
  info.end();
  if (oid === ED25519_OID) return decodeEd25519(key, publicKey);
  if (oid === RSA_OID) return decodePkcs1(key);
  if (oid === EC_OID) return decodeEcPrivateKey(key, curveIn(algorithm));
  throw unsupportedKey(NAMES[oid] ?? `with the algorithm number ${oid}`);
}

/** `[1] IMPLICIT BIT STRING` by the standard, whose content begins with the count of unused bits; EXPLICIT in ring's files. */
function publicKeyBehind(info: DerReader): Buffer | undefined {
  if (info.peek(TAG.context(1))) return info.within(TAG.context(1)).bits();
  if (!info.peek(TAG.contextPrimitive(1))) return undefined;
  const content = info.content(TAG.contextPrimitive(1));
  if (content[0] !== 0) throw new FormatFault("the public key is not made of whole bytes");
  return content.subarray(1);
}

function decodeEd25519(key: Buffer, publicKey: Buffer | undefined): PrivateParts {
  const reader = new DerReader(key);
  const seed = reader.octets();
  reader.end();
  return ed25519Parts(seed, publicKey);
}

/** RSAPrivateKey, also the content of `BEGIN RSA PRIVATE KEY`. */
export function decodePkcs1(bytes: Buffer): PrivateParts {
  const whole = new DerReader(bytes);
  const key = whole.sequence();
  whole.end();
  if (key.number() !== 0) throw unsupportedKey("RSA with more than two primes");
  const next = (): Buffer => key.magnitude();
  const numbers = { n: next(), e: next(), d: next(), p: next(), q: next(), dp: next(), dq: next(), qi: next() };
  key.end();
  return rsaParts(numbers);
}

/** ECPrivateKey, also the content of `BEGIN EC PRIVATE KEY`; `outerCurve` is the curve named around it. */
export function decodeEcPrivateKey(bytes: Buffer, outerCurve?: string): PrivateParts {
  const whole = new DerReader(bytes);
  const key = whole.sequence();
  whole.end();
  if (key.number() !== 1) throw new FormatFault("the EC key version is not known");
  const scalar = key.octets();
  const innerCurve = key.peek(TAG.context(0)) ? curveIn(key.within(TAG.context(0))) : undefined;
  const oid = outerCurve ?? innerCurve;
  if (oid === undefined || (innerCurve ?? oid) !== oid) throw new FormatFault("the key does not say its curve");
  const publicKey = key.peek(TAG.context(1)) ? key.within(TAG.context(1)).bits() : undefined;
  key.end();
  const curve = curveOfOid(oid);
  if (curve === undefined) throw unsupportedKey(`on ${NAMES[oid] ?? `the curve numbered ${oid}`}`);
  return ecdsaParts(curve, scalar, publicKey);
}

function curveIn(reader: DerReader): string {
  if (reader.peek(TAG.sequence)) throw unsupportedKey("on a curve spelled out in numbers instead of named");
  return reader.oid();
}

const NAMES: Readonly<Record<string, string>> = {
  "1.2.840.10040.4.1": "of type DSA",
  "1.2.840.113549.1.1.10": "RSA restricted to PSS",
  "1.2.840.113549.1.3.1": "for Diffie-Hellman",
  "1.3.101.110": "X25519, which cannot sign",
  "1.3.101.111": "X448, which cannot sign",
  "1.3.101.113": "Ed448",
  "1.3.132.0.10": "the curve secp256k1",
};

export function ed25519Parts(seed: Buffer, expected?: Uint8Array): PrivateParts {
  if (seed.length !== 32) throw new FormatFault("an Ed25519 key has 32 bytes");
  const publicKey = ed25519PublicOf(seed);
  if (expected !== undefined && !publicKey.equals(expected)) throw new FormatFault("public and private half differ");
  return { type: "ed25519", seed: Buffer.from(seed), publicKey };
}

function ed25519PublicOf(seed: Buffer): Buffer {
  const bytes = pkcs8(derSequence(derOid(ED25519_OID)), der(TAG.octetString, seed));
  try {
    const key = createPrivateKey({ key: bytes, format: "der", type: "pkcs8" });
    return Buffer.from(createPublicKey(key).export({ format: "der", type: "spki" }).subarray(-32));
  } finally {
    bytes.fill(0);
  }
}

export function ecdsaParts(curve: Curve, scalar: Uint8Array, expected?: Uint8Array): PrivateParts {
  const size = CURVES[curve].scalarBytes;
  const start = scalar.findIndex((byte) => byte !== 0);
  const bare = scalar.subarray(start < 0 ? scalar.length : start);
  if (bare.length > size) throw new FormatFault("the private number is too long for its curve");
  const padded = Buffer.alloc(size);
  padded.set(bare, size - bare.length);
  const ecdh = createECDH(CURVES[curve].openssl);
  try {
    ecdh.setPrivateKey(padded);
  } catch (cause) {
    throw new FormatFault("the private number is outside its curve's range", { cause });
  }
  const point = ecdh.getPublicKey();
  if (expected !== undefined && !matchesPoint(ecdh, expected)) {
    padded.fill(0);
    throw new FormatFault("public and private half differ");
  }
  return { type: "ecdsa", curve, scalar: padded, point };
}

/** Some tools write the public point compressed (0x02 or 0x03 || x). */
function matchesPoint(
  ecdh: { getPublicKey(e: undefined, f: "compressed" | "uncompressed"): unknown },
  given: Uint8Array,
): boolean {
  const form = given[0] === 4 ? "uncompressed" : "compressed";
  return Buffer.from(given).equals(ecdh.getPublicKey(undefined, form) as Buffer);
}

/** Completes (`dp`, `dq`) and checks an RSA key: libraries differ in how much of this they do when they load one. */
export function rsaParts(given: Omit<RsaNumbers, "dp" | "dq"> & Partial<RsaNumbers>): PrivateParts {
  const size = bitLength(given.n);
  if (size < 2048 || size > 8192) throw unsupportedKey(`RSA with ${size} bits`);
  const [n, e, d, p, q, qi] = [given.n, given.e, given.d, given.p, given.q, given.qi].map(toBigInt) as Six<bigint>;
  if (p < 3n || q < 3n || p * q !== n) throw new FormatFault("the RSA primes do not make the modulus");
  if ((e & 1n) === 0n || e < 3n || bitLength(given.e) > 33) throw unsupportedKey("RSA with an unusual public exponent");
  const [dp, dq] = [d % (p - 1n), d % (q - 1n)];
  const consistent = d < n && (dp * e) % (p - 1n) === 1n && (dq * e) % (q - 1n) === 1n && (q * qi) % p === 1n && qi < p;
  if (!consistent) throw new FormatFault("the RSA numbers do not belong together");
  if (given.dp !== undefined && toBigInt(given.dp) !== dp) throw new FormatFault("the RSA exponents are wrong");
  if (given.dq !== undefined && toBigInt(given.dq) !== dq) throw new FormatFault("the RSA exponents are wrong");
  const copies = [given.n, given.e, given.d, given.p, given.q, given.qi].map((number) =>
    Buffer.from(number),
  ) as Six<Buffer>;
  const [nBytes, eBytes, dBytes, pBytes, qBytes, qiBytes] = copies;
  return {
    type: "rsa",
    n: nBytes,
    e: eBytes,
    d: dBytes,
    p: pBytes,
    q: qBytes,
    dp: toBytes(dp),
    dq: toBytes(dq),
    qi: qiBytes,
  };
}

type Six<T> = [T, T, T, T, T, T];

function toBigInt(magnitude: Buffer): bigint {
  return magnitude.length === 0 ? 0n : BigInt(`0x${magnitude.toString("hex")}`);
}

function toBytes(value: bigint): Buffer {
  const hex = value.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex");
}

/** The public half. */
export function publicPartsOf(parts: PrivateParts): PublicParts {
  if (parts.type === "ed25519") return { type: "ed25519", publicKey: parts.publicKey };
  if (parts.type === "rsa") return { type: "rsa", n: parts.n, e: parts.e };
  return { type: "ecdsa", curve: parts.curve, point: parts.point };
}

export function wipeParts(parts: PrivateParts): void {
  for (const value of Object.values(parts)) if (Buffer.isBuffer(value)) value.fill(0);
}

/** The library's own object for canonical PKCS#8; throws `FormatFault` when it refuses or when its public half differs. */
export function loadPrivateKey(pkcs8Bytes: Buffer, parts: PublicParts): KeyObject {
  try {
    const key = createPrivateKey({ key: pkcs8Bytes, format: "der", type: "pkcs8" });
    const spki = createPublicKey(key).export({ format: "der", type: "spki" });
    if (spki.equals(encodeSpki(parts))) return key;
  } catch (cause) {
    throw new FormatFault("the crypto library does not accept the key", { cause });
  }
  throw new FormatFault("public and private half differ");
}
