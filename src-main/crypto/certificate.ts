import { X509Certificate } from "node:crypto";
import { DerReader, TAG } from "./formats/der.ts";
import { decodeName } from "./formats/distinguished-name.ts";
import { FormatFault } from "./formats/format-fault.ts";

/** What people look for in a certificate. Names are the text of RFC 4514, times milliseconds since 1970. */
export interface CertificateFacts {
  readonly der: Buffer;
  readonly pem: string;
  readonly subject: string;
  readonly issuer: string;
  /** Hex. */
  readonly serialNumber: string;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly signatureAlgorithm: string;
  /** SHA-256 over the DER, hex with colons. */
  readonly fingerprintSha256: string;
  readonly subjectAltNames: readonly string[];
  /** Issued by its own subject, and its signature says so. */
  readonly selfSigned: boolean;
  /** DER of the parts a token keeps beside the value (CKA_SUBJECT, CKA_ISSUER, CKA_SERIAL_NUMBER). */
  readonly subjectDer: Buffer;
  readonly issuerDer: Buffer;
  readonly serialDer: Buffer;
}

const ALGORITHMS: Readonly<Record<string, string>> = {
  "1.2.840.113549.1.1.5": "RSA with SHA-1",
  "1.2.840.113549.1.1.10": "RSA-PSS",
  "1.2.840.113549.1.1.11": "RSA with SHA-256",
  "1.2.840.113549.1.1.12": "RSA with SHA-384",
  "1.2.840.113549.1.1.13": "RSA with SHA-512",
  "1.2.840.10045.4.3.2": "ECDSA with SHA-256",
  "1.2.840.10045.4.3.3": "ECDSA with SHA-384",
  "1.2.840.10045.4.3.4": "ECDSA with SHA-512",
  "1.3.101.112": "Ed25519",
};

/** Reads one certificate, PEM or DER. `undefined` when it is none. */
export function readCertificate(bytes: Uint8Array): CertificateFacts | undefined {
  try {
    const certificate = new X509Certificate(bytes);
    const der = certificate.raw;
    const facts = factsOf(certificate);
    // Times are not checked by the parser: one that is no time gives NaN, which is no fact and which no answer can carry.
    if (Number.isNaN(facts.notBefore) || Number.isNaN(facts.notAfter)) return undefined;
    return { ...namesOf(der), ...facts, der };
  } catch (error) {
    // The library's own errors for bytes that are no certificate have many names; ours is `FormatFault`.
    if (error instanceof FormatFault || (error instanceof Error && "code" in error)) return undefined;
    throw error;
  }
}

function factsOf(certificate: X509Certificate) {
  return {
    pem: certificate.toString(),
    serialNumber: certificate.serialNumber.toLowerCase(),
    notBefore: Math.max(0, Date.parse(certificate.validFrom)),
    notAfter: Math.max(0, Date.parse(certificate.validTo)),
    fingerprintSha256: certificate.fingerprint256,
    // `DNS:a, DNS:b`; values that hold a comma are quoted, and stay so.
    subjectAltNames:
      certificate.subjectAltName?.match(/(?:"(?:[^"\\]|\\.)*"|[^,])+/g)?.map((name) => name.trim()) ?? [],
    selfSigned: certificate.issuer === certificate.subject && signedByItself(certificate),
  };
}

/** A key of a kind that the library does not know cannot be shown to have signed anything; the rest can be read all the same. */
function signedByItself(certificate: X509Certificate): boolean {
  try {
    return certificate.verify(certificate.publicKey);
  } catch (error) {
    if (error instanceof Error && "code" in error) return false;
    throw error;
  }
}

/** RFC 5280 section 4.1: the parts in the order they stand. */
function namesOf(der: Buffer) {
  const outer = new DerReader(der).sequence();
  const body = outer.sequence();
  const oid = outer.sequence().oid();
  if (body.peek(TAG.context(0))) body.content(TAG.context(0));
  const serialDer = body.element();
  body.content(TAG.sequence);
  const issuerDer = body.element();
  body.content(TAG.sequence);
  const subjectDer = body.element();
  return {
    serialDer,
    issuerDer,
    subjectDer,
    issuer: decodeName(issuerDer),
    subject: decodeName(subjectDer),
    signatureAlgorithm: ALGORITHMS[oid] ?? oid,
  };
}
