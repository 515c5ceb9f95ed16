import { CURVES, type Curve, curveOfOid } from "#main/crypto/curves.ts";
import { DerReader, der, derOid, TAG } from "#main/crypto/formats/der.ts";
import { FormatFault } from "#main/crypto/formats/format-fault.ts";

/** Curves a token may have; only some of them are of use to Keystead. */
export type TokenCurve = Curve | "ed25519" | "x25519" | "ed448" | "x448" | "secp256k1";

const PRINTABLE_STRING = 0x13;
const PRIME_FIELD = "1.2.840.10045.1.1";

/** RFC 8410 section 3, SEC 2 section A.2. */
const OTHER_OIDS: Readonly<Record<string, TokenCurve>> = {
  "1.3.101.112": "ed25519",
  "1.3.101.113": "ed448",
  "1.3.101.110": "x25519",
  "1.3.101.111": "x448",
  "1.3.132.0.10": "secp256k1",
};

/** PKCS#11 3.0 section 2.3.1: curve names as PrintableString, from RFC 8032 and RFC 7748. */
const NAMES: Readonly<Record<string, TokenCurve>> = {
  edwards25519: "ed25519",
  edwards448: "ed448",
  curve25519: "x25519",
  curve448: "x448",
};

/**
 * The curve of CKA_EC_PARAMS: an OID, a name, or explicit parameters whose every value is that of a curve (C38). `undefined` for
 * any other curve and for what is not DER.
 */
export function readEcParams(params: Buffer): TokenCurve | undefined {
  try {
    const reader = new DerReader(params);
    const curve = readOne(reader);
    reader.end();
    return curve;
  } catch (error) {
    if (error instanceof FormatFault) return undefined;
    throw error;
  }
}

function readOne(reader: DerReader): TokenCurve | undefined {
  if (reader.peek(TAG.oid)) {
    const oid = reader.oid();
    return curveOfOid(oid) ?? OTHER_OIDS[oid];
  }
  if (reader.peek(PRINTABLE_STRING)) return NAMES[reader.content(PRINTABLE_STRING).toString("latin1")];
  return explicitCurve(reader.sequence());
}

/**
 * ECParameters (RFC 3279 section 2.3.5): version, field, curve, base point, order. The base point counts too: with another one
 * than the standard's, a key of the same name could be forged (CVE-2020-0601).
 */
function explicitCurve(parameters: DerReader): TokenCurve | undefined {
  parameters.magnitude();
  const field = parameters.sequence();
  if (field.oid() !== PRIME_FIELD) return undefined;
  const p = number(field.magnitude());
  const coefficients = parameters.sequence();
  const [a, b] = [number(coefficients.octets()), number(coefficients.octets())];
  const base = parameters.octets();
  const n = number(parameters.magnitude());
  const found = EXPLICIT.find((curve) => curve.p === p && curve.a === a && curve.b === b && curve.n === n);
  if (found === undefined) return undefined;
  const size = Math.ceil(found.p.toString(16).length / 2);
  const x = number(base.subarray(1, 1 + size));
  const y = number(base.subarray(1 + size));
  const uncompressed = base[0] === 4 && base.length === 1 + 2 * size && y === found.y;
  const compressed = base.length === 1 + size && base[0] === 2 + Number(found.y & 1n);
  return x === found.x && (uncompressed || compressed) ? found.curve : undefined;
}

const number = (bytes: Uint8Array): bigint => BigInt(`0x0${Buffer.from(bytes).toString("hex")}`);

/** SEC 2 version 2, sections 2.4.1, 2.4.2, 2.5.1, 2.6.1. */
const EXPLICIT: readonly {
  readonly curve: TokenCurve;
  readonly p: bigint;
  readonly a: bigint;
  readonly b: bigint;
  readonly x: bigint;
  readonly y: bigint;
  readonly n: bigint;
}[] = [
  nist(
    "nistp256",
    2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n,
    0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
    0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n,
    0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n,
    0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  ),
  nist(
    "nistp384",
    2n ** 384n - 2n ** 128n - 2n ** 96n + 2n ** 32n - 1n,
    0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aefn,
    0xaa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7n,
    0x3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5fn,
    0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  ),
  nist(
    "nistp521",
    2n ** 521n - 1n,
    0x051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00n,
    0x00c6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3dbaa14b5e77efe75928fe1dc127a2ffa8de3348b3c1856a429bf97e7e31c2e5bd66n,
    0x011839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17273e662c97ee72995ef42640c550b9013fad0761353c7086a272c24088be94769fd16650n,
    0x01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
  ),
  {
    curve: "secp256k1",
    p: 2n ** 256n - 2n ** 32n - 977n,
    a: 0n,
    b: 7n,
    x: 0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798n,
    y: 0x483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8n,
    n: 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n,
  },
];

/** The NIST curves have a = p - 3 (FIPS 186-4 section D.1.2). */
function nist(curve: Curve, p: bigint, b: bigint, x: bigint, y: bigint, n: bigint) {
  return { curve, p, a: p - 3n, b, x, y, n };
}

/**
 * CKA_EC_PARAMS to write, the likeliest form first. For Ed25519 that is the name `edwards25519`
 * (13 0c 65 64 77 61 72 64 73 32 35 35 31 39); some tokens take only the OID.
 */
export function ecParamsForms(curve: Curve | "ed25519"): readonly [Buffer, ...Buffer[]] {
  if (curve !== "ed25519") return [derOid(CURVES[curve].oid)];
  return [der(PRINTABLE_STRING, Buffer.from("edwards25519", "latin1")), derOid("1.3.101.112")];
}
