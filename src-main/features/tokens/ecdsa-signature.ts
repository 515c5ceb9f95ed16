import { DerReader, derInteger, derSequence } from "#main/crypto/formats/der.ts";
import { FormatFault } from "#main/crypto/formats/format-fault.ts";

/**
 * One ECDSA signature, two forms here: tokens give r || s, each padded to the curve's length; X.509, node and ssh2's agent
 * interface use DER SEQUENCE { r, s }, where a zero byte stands before a number whose top bit is set, and no other zero does (C40).
 */
interface Scalars {
  readonly r: Buffer;
  readonly s: Buffer;
}

/** What a token gave, as r || s of exact length. Some give DER, some leave out leading zeros. `undefined` when it is no signature. */
export function readTokenSignature(bytes: Buffer, scalarBytes: number): Buffer | undefined {
  // By its exact length first: DER of just this length is possible, but then r or s would have lost bytes a token never loses.
  if (bytes.length === 2 * scalarBytes) return joined(halves(bytes), scalarBytes);
  return derToRs(bytes, scalarBytes) ?? (bytes.length % 2 === 0 ? joined(halves(bytes), scalarBytes) : undefined);
}

/** DER of r || s. Throws a RangeError for an odd length or a zero, which no signature has. */
export function rsToDer(rs: Buffer): Buffer {
  const { r, s } = checked(rs);
  return derSequence(derInteger(r), derInteger(s));
}

/** r || s of DER; `undefined` when it is not DER of two numbers that fit the curve. */
export function derToRs(bytes: Buffer, scalarBytes: number): Buffer | undefined {
  return orUndefined(() => {
    const reader = new DerReader(bytes);
    const pair = reader.sequence();
    const [r, s] = [pair.magnitude(), pair.magnitude()];
    pair.end();
    reader.end();
    return joined({ r, s }, scalarBytes);
  });
}

function halves(bytes: Buffer): Scalars {
  return { r: bytes.subarray(0, bytes.length / 2), s: bytes.subarray(bytes.length / 2) };
}

function joined({ r, s }: Scalars, scalarBytes: number): Buffer | undefined {
  const numbers = [r, s].map(withoutZeros);
  if (numbers.some((bytes) => bytes.length === 0 || bytes.length > scalarBytes)) return undefined;
  return Buffer.concat(numbers.flatMap((bytes) => [Buffer.alloc(scalarBytes - bytes.length), bytes]));
}

function checked(rs: Buffer): Scalars {
  const { r, s } = halves(rs);
  if (rs.length % 2 !== 0 || [r, s].some((bytes) => withoutZeros(bytes).length === 0)) {
    throw new RangeError("not an ECDSA signature of two numbers");
  }
  return { r, s };
}

function withoutZeros(bytes: Buffer): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0);
  return first === -1 ? bytes.subarray(bytes.length) : bytes.subarray(first);
}

function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof FormatFault) return undefined;
    throw error;
  }
}
