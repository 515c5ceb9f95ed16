/** The NIST curves of RFC 5656, by the names SSH, OpenSSL and ASN.1 give them. */
export const CURVES = {
  nistp256: { openssl: "prime256v1", oid: "1.2.840.10045.3.1.7", scalarBytes: 32, bits: 256, hash: "sha256" },
  nistp384: { openssl: "secp384r1", oid: "1.3.132.0.34", scalarBytes: 48, bits: 384, hash: "sha384" },
  nistp521: { openssl: "secp521r1", oid: "1.3.132.0.35", scalarBytes: 66, bits: 521, hash: "sha512" },
} as const;

export type Curve = keyof typeof CURVES;

export function isCurve(name: string): name is Curve {
  return Object.hasOwn(CURVES, name);
}

export function curveOfOid(oid: string): Curve | undefined {
  return (Object.keys(CURVES) as Curve[]).find((curve) => CURVES[curve].oid === oid);
}
