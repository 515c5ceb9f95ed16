import { isIP } from "node:net";
import { encodeBase64 } from "#main/crypto/formats/base64.ts";
import { der, derNumber, derOid, derSequence, TAG } from "#main/crypto/formats/der.ts";
import { encodeName } from "#main/crypto/formats/distinguished-name.ts";
import { FormatFault } from "#main/crypto/formats/format-fault.ts";
import type { VerifyScheme } from "#main/crypto/verify.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";

const SET = 0x31;
const EXTENSION_REQUEST = "1.2.840.113549.1.9.14";
const SUBJECT_ALT_NAME = "2.5.29.17";

/** What the token has to sign: CertificationRequestInfo (RFC 2986 section 4.1). Error `request/invalid-params`. */
export function requestInfo(subject: string, spki: Buffer, dnsNames: readonly string[]): Buffer {
  const extensions = dnsNames.length === 0 ? [] : [extensionRequest(dnsNames.map(asciiName))];
  return derSequence(derNumber(0), subjectOf(subject), spki, der(TAG.context(0), ...extensions));
}

/** CertificationRequest, DER. `signature` as X.509 has it. */
export function signedRequest(info: Buffer, scheme: VerifyScheme, signature: Buffer): Buffer {
  return derSequence(info, algorithmOf(scheme), der(TAG.bitString, Buffer.of(0), signature));
}

export function requestPem(request: Buffer): string {
  const body = encodeBase64(request, 64).toString("latin1");
  return `-----BEGIN CERTIFICATE REQUEST-----\n${body}-----END CERTIFICATE REQUEST-----\n`;
}

function subjectOf(text: string): Buffer {
  try {
    return encodeName(text);
  } catch (error) {
    if (!(error instanceof FormatFault)) throw error;
    throw new KeysteadError(
      "request/invalid-params",
      `The subject cannot be read: ${error.message}. Write it as in CN=web.example.com,O=Example,C=DE.`,
      { field: "subject" },
    );
  }
}

/** RFC 5280 section 4.2.1.6: dNSName is [2] IMPLICIT IA5String. */
function extensionRequest(names: readonly string[]): Buffer {
  const general = derSequence(...names.map((name) => der(TAG.contextPrimitive(2), Buffer.from(name, "latin1"))));
  const extension = derSequence(derOid(SUBJECT_ALT_NAME), der(TAG.octetString, general));
  return derSequence(derOid(EXTENSION_REQUEST), der(SET, derSequence(extension)));
}

/** A host name as the DNS has it: letters beyond ASCII in their xn-- form. */
function asciiName(name: string): string {
  const [star, bare] = name.startsWith("*.") ? ["*.", name.slice(2)] : ["", name];
  // What a URL would take for a port, a path or a password is no part of a name.
  const ascii =
    !/[\s/\\:?#@%[\]]/.test(bare) && URL.canParse(`http://${bare}/`) ? new URL(`http://${bare}/`).hostname : "";
  // A URL reads 1234, 0x7f.1 and 10.0.0.5 as addresses and writes them anew: none of them is a name.
  if (isIP(ascii) !== 0)
    throw new KeysteadError(
      "request/invalid-params",
      `“${name.slice(0, 80)}” would be read as the IP address ${ascii}, and a request by Keystead holds DNS names only. Give the name of the host.`,
      { field: "dnsNames" },
    );
  const labels = ascii.split(".");
  if (
    ascii !== "" &&
    ascii.length <= 253 &&
    labels.every((label) => /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?$/.test(label))
  )
    return `${star}${ascii}`;
  throw new KeysteadError("request/invalid-params", `“${name.slice(0, 80)}” is not a DNS name.`, { field: "dnsNames" });
}

/** AlgorithmIdentifier: RFC 4055 section 5 (with NULL), RFC 5758 section 3.2 and RFC 8410 section 3 (without). */
function algorithmOf(scheme: VerifyScheme): Buffer {
  if (scheme.kind === "ed25519") return derSequence(derOid("1.3.101.112"));
  if (scheme.kind === "ecdsa")
    return derSequence(derOid(`1.2.840.10045.4.3.${{ sha256: 2, sha384: 3, sha512: 4 }[scheme.hash]}`));
  if (scheme.kind === "rsa-pkcs1" && scheme.hash !== "sha1") {
    const last = { sha256: 11, sha384: 12, sha512: 13 }[scheme.hash];
    return derSequence(derOid(`1.2.840.113549.1.1.${last}`), der(TAG.null));
  }
  throw new TypeError("a certificate request is not signed with this scheme");
}
