import { CURVES, isCurve } from "#main/crypto/curves.ts";
import { DerReader, der, TAG } from "#main/crypto/formats/der.ts";
import { FormatFault } from "#main/crypto/formats/format-fault.ts";
import type { TokenCurve } from "./ec-params.ts";

/** RFC 8032 and RFC 7748: a public value is one coordinate of fixed length. */
const ONE_COORDINATE: Readonly<Partial<Record<TokenCurve, number>>> = { ed25519: 32, x25519: 32, ed448: 57, x448: 56 };

/**
 * The public value in CKA_EC_POINT, in whichever of the three forms the token gives it (C36): DER OCTET STRING as the standard
 * says, bare, or DER BIT STRING. Answers 04 || x || y, or for Edwards and Montgomery curves the bytes alone; `undefined` when
 * it is none of them, or compressed.
 */
export function readEcPoint(point: Buffer, curve: TokenCurve): Buffer | undefined {
  const single = ONE_COORDINATE[curve];
  if (single !== undefined) {
    // By its length before DER is tried: a bare key that starts with 04 1e reads as an OCTET STRING of 30 bytes.
    if (point.length === single) return point;
    const inner = unwrapped(point);
    return inner?.length === single ? inner : undefined;
  }
  const length = 1 + 2 * scalarBytes(curve);
  const isPoint = (bytes: Buffer | undefined) => bytes?.length === length && bytes[0] === 4;
  // No DER form has this length: its two or three bytes of header would leave the point too short.
  if (isPoint(point)) return point;
  const inner = unwrapped(point);
  return isPoint(inner) ? inner : undefined;
}

function scalarBytes(curve: TokenCurve): number {
  return isCurve(curve) ? CURVES[curve].scalarBytes : 32;
}

function unwrapped(bytes: Buffer): Buffer | undefined {
  try {
    const reader = new DerReader(bytes);
    const inner = reader.peek(TAG.bitString) ? reader.bits() : reader.octets();
    reader.end();
    return inner;
  } catch (error) {
    if (error instanceof FormatFault) return undefined;
    throw error;
  }
}

/** CKA_EC_POINT to write: DER first, as some tokens take nothing else; bare when the token refuses that with an error of its own (C37). */
export function ecPointForms(point: Buffer): readonly [Buffer, Buffer] {
  return [der(TAG.octetString, point), point];
}

/** The peer's value for ECDH (PKCS#11 2.40 section 2.3.10 wants DER, most tokens take it bare): bare first (C37). */
export function ecdhPeerForms(point: Buffer): readonly [Buffer, Buffer] {
  return [point, der(TAG.octetString, point)];
}
