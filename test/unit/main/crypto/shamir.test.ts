import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SecretBytes } from "#main/crypto/secret-bytes.ts";
import { combineShares, inverse, multiply, type Share, splitSecret } from "#main/crypto/shamir.ts";

const secretOf = (bytes: Uint8Array) => SecretBytes.copyOf(bytes);
const byte = fc.integer({ min: 0, max: 255 });

/** Another way to the same field: logarithms to the generator 3, as textbooks and most libraries do it. */
const { exp, log } = (() => {
  const powers: number[] = [1];
  for (let at = 1; at < 255; at++) {
    const doubled = (powers[at - 1] as number) << 1;
    powers.push((doubled > 255 ? doubled ^ 0x11b : doubled) ^ (powers[at - 1] as number));
  }
  return { exp: powers, log: new Map(powers.map((value, power) => [value, power])) };
})();
const byLogarithm = (a: number, b: number) =>
  a === 0 || b === 0 ? 0 : (exp[((log.get(a) as number) + (log.get(b) as number)) % 255] as number);

describe("Shamir's secret sharing", () => {
  // FIPS 197 sections 4.2 and 4.2.1.
  it.each([
    [0x57, 0x83, 0xc1],
    [0x57, 0x02, 0xae],
    [0x57, 0x04, 0x47],
    [0x57, 0x08, 0x8e],
    [0x57, 0x10, 0x07],
    [0x57, 0x13, 0xfe],
  ])("H09 D29 multiplies %i by %i as FIPS 197 does", (a, b, product) => {
    expect(multiply(a, b)).toBe(product);
    expect(multiply(b, a)).toBe(product);
  });

  it("H09 D29 multiplies every two bytes as a table of logarithms does, and inverts every byte but 0", () => {
    for (let a = 0; a < 256; a++) {
      for (let b = 0; b < 256; b++) if (multiply(a, b) !== byLogarithm(a, b)) expect([a, b]).toEqual([]);
      if (a > 0) expect(multiply(a, inverse(a))).toBe(1);
    }
  });

  it("H09 D29 any M of N shares, in any order, give the secret", () => {
    const plan = fc
      .record({ total: fc.integer({ min: 2, max: 16 }), secret: fc.uint8Array({ minLength: 1, maxLength: 64 }) })
      .chain(({ total, secret }) =>
        fc
          .integer({ min: 2, max: total })
          .chain((threshold) =>
            fc
              .shuffledSubarray([...Array(total).keys()], { minLength: threshold, maxLength: total })
              .map((chosen) => ({ total, secret, threshold, chosen })),
          ),
      );
    fc.assert(
      fc.property(plan, ({ total, secret, threshold, chosen }) => {
        const shares = splitSecret(secretOf(secret), threshold, total);
        expect(shares.map(({ index }) => index)).toEqual([...Array(total).keys()].map((at) => at + 1));
        const some = chosen.map((at) => shares[at] as Share);
        expect(combineShares(some).equals(secretOf(secret))).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it("H09 D29 fewer shares than the threshold fit every secret there is", () => {
    // Two shares of a threshold of three, and any third value: each of the 256 gives another secret, so none is ruled out.
    const shares = splitSecret(secretOf(Buffer.of(0xa7)), 3, 3);
    const found = new Set<number>();
    for (let guess = 0; guess < 256; guess++)
      found.add(
        combineShares([...shares.slice(0, 2), { index: 3, value: secretOf(Buffer.of(guess)) }]).reveal()[0] ?? -1,
      );
    expect(found.size).toBe(256);
  });

  it("H09 D29 a single share is spread evenly, whatever the secret", () => {
    for (const secret of [0x00, 0xff]) {
      const counts = new Array<number>(256).fill(0);
      for (let round = 0; round < 100; round++) {
        const [share] = splitSecret(secretOf(Buffer.alloc(256, secret)), 2, 2);
        for (const value of share?.value.reveal() ?? []) counts[value] = (counts[value] ?? 0) + 1;
      }
      // 25,600 draws over 256 values; chi-squared with 255 degrees of freedom exceeds 400 less than once in 10^7 runs.
      const chiSquared = counts.reduce((sum, count) => sum + (count - 100) ** 2 / 100, 0);
      expect(chiSquared).toBeLessThan(400);
    }
  });

  it("H09 D29 gives another secret, silently, for a share that is wrong: why shares are checked before they come here", () => {
    fc.assert(
      fc.property(byte, fc.integer({ min: 1, max: 255 }), (secret, change) => {
        const [one, two] = splitSecret(secretOf(Buffer.of(secret)), 2, 2) as readonly [Share, Share];
        const changed = secretOf(Buffer.of((two.value.reveal()[0] as number) ^ change));
        expect(combineShares([one, { index: 2, value: changed }]).reveal()[0]).not.toBe(secret);
      }),
    );
  });

  it("H09 refuses what cannot be shared or put together", () => {
    const secret = secretOf(Buffer.from("secret"));
    for (const [threshold, total] of [
      [1, 3],
      [4, 3],
      [2, 256],
      [2.5, 3],
      [0, 0],
    ] as const)
      expect(() => splitSecret(secret, threshold, total)).toThrow(RangeError);
    const shares = splitSecret(secret, 2, 3);
    expect(() => combineShares([])).toThrow(RangeError);
    expect(() => combineShares([shares[0], shares[0]] as readonly Share[])).toThrow(RangeError);
    expect(() => combineShares([shares[0], { index: 2, value: secretOf(Buffer.of(1)) }] as readonly Share[])).toThrow(
      RangeError,
    );
    expect(() => combineShares([{ index: 0, value: secret }])).toThrow(RangeError);
  });
});
