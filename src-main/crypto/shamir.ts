import { randomSecret } from "./random.ts";
import { SecretBytes } from "./secret-bytes.ts";

/**
 * Shamir's secret sharing (A. Shamir, "How to share a secret", CACM 22/11, 1979), byte by byte over GF(2^8) modulo
 * x^8 + x^4 + x^3 + x + 1 (the field of FIPS 197 section 4). For each byte of the secret a polynomial of degree
 * `threshold - 1` is drawn, whose value at 0 is that byte; share `i` is its value at `i`.
 *
 * No tables, no branch and no index depends on a secret byte. Nothing here notices a wrong share: whatever goes in, some secret
 * comes out. Checksums and commitments are the business of whoever hands shares out (D29).
 */
export interface Share {
  /** x, 1 … 255. */
  readonly index: number;
  /** As long as the secret. */
  readonly value: SecretBytes;
}

/** Shares 1 … `total`, any `threshold` of which give the secret back. Throws a RangeError outside 2 ≤ threshold ≤ total ≤ 255. */
export function splitSecret(secret: SecretBytes, threshold: number, total: number): readonly Share[] {
  if (!(Number.isInteger(threshold) && Number.isInteger(total) && 2 <= threshold && threshold <= total && total <= 255))
    throw new RangeError(`a secret cannot be split into ${total} shares with the threshold ${threshold}`);
  const { length } = secret;
  // Every coefficient uniform, the leading one may be 0: only then do fewer shares than the threshold tell nothing at all.
  using coefficients = randomSecret(length * (threshold - 1));
  const [constant, others] = [secret.reveal(), coefficients.reveal()];
  return Array.from({ length: total }, (_, at) => {
    const index = at + 1;
    const value = Buffer.alloc(length);
    for (let byte = 0; byte < length; byte++) {
      let y = 0;
      // Horner's rule, from the highest power down to the constant.
      for (let power = threshold - 2; power >= 0; power--)
        y = multiply(y ^ (others[power * length + byte] ?? 0), index);
      value[byte] = y ^ (constant[byte] ?? 0);
    }
    return { index, value: SecretBytes.take(value) };
  });
}

/** What the polynomials through these shares have at 0. Throws a RangeError for none, doubles, or lengths that differ. */
export function combineShares(shares: readonly Share[]): SecretBytes {
  const length = shares[0]?.value.length ?? 0;
  const indices = new Set(shares.map((share) => share.index));
  const usable = shares.every(({ index, value }) => 1 <= index && index <= 255 && value.length === length);
  if (length === 0 || indices.size !== shares.length || !usable)
    throw new RangeError("shares must have one length and an index each");
  const secret = Buffer.alloc(length);
  for (const { index, value } of shares) {
    const weight = weightAtZero(index, [...indices]);
    const bytes = value.reveal();
    for (let byte = 0; byte < length; byte++) secret[byte] = (secret[byte] ?? 0) ^ multiply(bytes[byte] ?? 0, weight);
  }
  return SecretBytes.take(secret);
}

/** Lagrange's basis polynomial of `index` at 0: the product of x / (x - index) over the other indices; minus is plus here. */
function weightAtZero(index: number, indices: readonly number[]): number {
  return indices
    .filter((other) => other !== index)
    .reduce((product, other) => multiply(product, multiply(other, inverse(other ^ index))), 1);
}

/** FIPS 197 section 4.2: eight times "add if the bit is set, then double", with masks in place of branches. */
export function multiply(a: number, b: number): number {
  let product = 0;
  let doubled = a;
  for (let bit = 0; bit < 8; bit++) {
    product ^= doubled & -((b >> bit) & 1);
    doubled = ((doubled << 1) & 0xff) ^ (0x1b & -(doubled >> 7));
  }
  return product;
}

/** a^254, which is 1/a for every a but 0. Of indices only, which are no secret. */
export function inverse(a: number): number {
  let power = 1;
  for (let step = 0; step < 254; step++) power = multiply(power, a);
  return power;
}
