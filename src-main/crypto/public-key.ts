import { createHash, createPublicKey, type KeyObject } from "node:crypto";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { CURVES, type Curve, isCurve } from "./curves.ts";
import { encodeBase64 } from "./formats/base64.ts";
import { der, derInteger, derOid, derSequence, TAG } from "./formats/der.ts";
import { FormatFault } from "./formats/format-fault.ts";
import { orUnreadable } from "./key-errors.ts";
import { isPlainComment } from "./plain-comment.ts";
import { WireReader, wireMpint, wireString } from "./ssh-wire.ts";

/** The algorithm names that open an SSH public key (RFC 4253, 5656, 8709). */
export type SshKeyType = "ssh-ed25519" | "ssh-rsa" | `ecdsa-sha2-${Curve}`;

/** A public key taken apart; numbers are big-endian magnitudes, `point` is uncompressed (0x04 || x || y). */
export type PublicParts =
  | { readonly type: "ed25519"; readonly publicKey: Buffer }
  | { readonly type: "rsa"; readonly n: Buffer; readonly e: Buffer }
  | { readonly type: "ecdsa"; readonly curve: Curve; readonly point: Buffer };

export const RSA_OID = "1.2.840.113549.1.1.1";
export const EC_OID = "1.2.840.10045.2.1";
export const ED25519_OID = "1.3.101.112";
export const NULL = der(TAG.null);

export function keyTypeOf(parts: PublicParts): SshKeyType {
  if (parts.type === "ecdsa") return `ecdsa-sha2-${parts.curve}`;
  return parts.type === "rsa" ? "ssh-rsa" : "ssh-ed25519";
}

/** Size in bits as `ssh-keygen -l` counts it: the modulus, the curve, 256 for Ed25519. */
export function bitsOfParts(parts: PublicParts): number {
  if (parts.type === "ecdsa") return CURVES[parts.curve].bits;
  return parts.type === "rsa" ? bitLength(parts.n) : 256;
}

export function bitLength(magnitude: Uint8Array): number {
  const first = magnitude[0] ?? 0;
  return first === 0 ? 0 : magnitude.length * 8 - Math.clz32(first) + 24;
}

/** RFC 4253 section 6.6 wire format. */
export function encodePublicBlob(parts: PublicParts): Buffer {
  const name = wireString(keyTypeOf(parts));
  if (parts.type === "ed25519") return Buffer.concat([name, wireString(parts.publicKey)]);
  if (parts.type === "rsa") return Buffer.concat([name, wireMpint(parts.e), wireMpint(parts.n)]);
  return Buffer.concat([name, wireString(parts.curve), wireString(parts.point)]);
}

/** Takes a blob apart and checks that it is a key. Throws `FormatFault`, also for types this file does not know. */
export function decodePublicBlob(blob: Uint8Array): PublicParts {
  const reader = new WireReader(blob);
  const parts = readParts(reader.name(), reader);
  reader.end();
  keyObjectOf(parts);
  return parts;
}

function readParts(name: string, reader: WireReader): PublicParts {
  if (name === "ssh-ed25519") {
    const publicKey = reader.string();
    if (publicKey.length !== 32) throw new FormatFault("an Ed25519 key has 32 bytes");
    return { type: "ed25519", publicKey };
  }
  if (name === "ssh-rsa") {
    const e = reader.magnitude();
    const n = reader.magnitude();
    // BoringSSL takes exponents up to 33 bits; no tool makes larger ones.
    if (((n.at(-1) ?? 0) & (e.at(-1) ?? 0) & 1) === 0 || bitLength(e) < 2 || bitLength(e) > 33) {
      throw new FormatFault("the RSA numbers are not those of a key");
    }
    return { type: "rsa", n, e };
  }
  const curve = reader.name();
  if (!isCurve(curve) || name !== `ecdsa-sha2-${curve}`) throw new FormatFault("the key type is not known");
  const point = reader.string();
  if (point.length !== 1 + 2 * CURVES[curve].scalarBytes || point[0] !== 4) {
    throw new FormatFault("the point is not uncompressed or has the wrong length");
  }
  return { type: "ecdsa", curve, point };
}

/** SubjectPublicKeyInfo (RFC 5280 section 4.1), DER. */
export function encodeSpki(parts: PublicParts): Buffer {
  if (parts.type === "ed25519") return spki(derSequence(derOid(ED25519_OID)), parts.publicKey);
  if (parts.type === "rsa") {
    return spki(derSequence(derOid(RSA_OID), NULL), derSequence(derInteger(parts.n), derInteger(parts.e)));
  }
  return spki(derSequence(derOid(EC_OID), derOid(CURVES[parts.curve].oid)), parts.point);
}

function spki(algorithm: Buffer, key: Buffer): Buffer {
  return derSequence(algorithm, der(TAG.bitString, Buffer.of(0), key));
}

/** Throws `FormatFault` when the crypto library refuses it, e.g. because a point is not on its curve. */
export function keyObjectOf(parts: PublicParts): KeyObject {
  try {
    return createPublicKey({ key: encodeSpki(parts), format: "der", type: "spki" });
  } catch (cause) {
    throw new FormatFault("the numbers are not those of a public key", { cause });
  }
}

/** `SHA256:` + unpadded base64 and `MD5:` + colon-separated hex, as `ssh-keygen -l` prints them. */
export function fingerprints(blob: Uint8Array): { readonly sha256: string; readonly md5: string } {
  const sha256 = createHash("sha256").update(blob).digest("base64").replace(/=+$/, "");
  const md5 = createHash("md5").update(blob).digest("hex");
  return { sha256: `SHA256:${sha256}`, md5: `MD5:${md5.match(/../g)?.join(":")}` };
}

/** Size of the key in `blob`, in bits. */
export function bitsOf(blob: Uint8Array): number {
  return bitsOfParts(decodeOwn(blob));
}

/** `<type> <base64> <comment>` without a line end, as in `.pub` and authorized_keys. B21: refuses a comment that could break out. */
export function publicLine(blob: Uint8Array, comment: string): string {
  if (!isPlainComment(comment)) {
    throw new KeysteadError(
      "request/invalid-params",
      "A key's comment must not hold line ends, control characters or double quotes.",
    );
  }
  const text = `${keyTypeOf(decodeOwn(blob))} ${Buffer.from(blob).toString("base64")}`;
  return comment === "" ? text : `${text} ${comment}`;
}

/** SubjectPublicKeyInfo as PEM, ended by a line feed. */
export function publicPem(blob: Uint8Array): string {
  const body = encodeBase64(encodeSpki(decodeOwn(blob)), 64).toString("latin1");
  return `-----BEGIN PUBLIC KEY-----\n${body}-----END PUBLIC KEY-----\n`;
}

function decodeOwn(blob: Uint8Array): PublicParts {
  return orUnreadable("The public key", () => decodePublicBlob(blob));
}
