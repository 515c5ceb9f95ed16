import { readCertificate } from "#main/crypto/certificate.ts";
import type { TokenObject } from "#shared/models/token.ts";

/** What a list shows of a certificate; `undefined` when the token holds something that is none. */
export function certificateFacts(der: Buffer): TokenObject["certificate"] {
  const facts = readCertificate(der);
  if (facts === undefined) return undefined;
  const { subject, issuer, notBefore, notAfter } = facts;
  return { subject, issuer, notBefore, notAfter };
}
