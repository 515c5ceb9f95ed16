import { hash } from "node:crypto";
import { der, derOid, derSequence, TAG } from "./formats/der.ts";

export type DigestName = "sha1" | "sha256" | "sha384" | "sha512";

const OIDS: Readonly<Record<DigestName, string>> = {
  sha1: "1.3.14.3.2.26",
  sha256: "2.16.840.1.101.3.4.2.1",
  sha384: "2.16.840.1.101.3.4.2.2",
  sha512: "2.16.840.1.101.3.4.2.3",
};

export function digest(name: DigestName, data: Uint8Array): Buffer {
  return hash(name, data, "buffer");
}

/** DigestInfo (RFC 8017 section 9.2 step 2): what PKCS #1 v1.5 signs; a token's bare CKM_RSA_PKCS pads only. */
export function digestInfo(name: DigestName, data: Uint8Array): Buffer {
  return digestInfoOf(name, digest(name, data));
}

/** The same of a hash that is at hand. */
export function digestInfoOf(name: DigestName, hashed: Uint8Array): Buffer {
  return derSequence(derSequence(derOid(OIDS[name]), der(TAG.null)), der(TAG.octetString, hashed));
}
