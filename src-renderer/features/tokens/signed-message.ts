import { LIMITS } from "#shared/limits.ts";
import type { TokenObject } from "#shared/models/token.ts";
import { SIGN_ALGORITHMS, type SignAlgorithm } from "#shared/sign-algorithms.ts";

/** What of a message goes to main: short ones whole, of long ones the digest, made here. */
export interface GivenMessage {
  readonly messageType: "message" | "digest";
  /** Base64. */
  readonly bytes: string;
}

const ELLIPTIC: Readonly<Record<string, SignAlgorithm>> = {
  "P-256": "ECDSA_SHA_256",
  "P-384": "ECDSA_SHA_384",
  "P-521": "ECDSA_SHA_512",
  Ed25519: "ED25519",
};

/** What a key can sign with, as main has it; empty for keys that make no signatures here. */
export function signAlgorithms(object: TokenObject): readonly SignAlgorithm[] {
  if (object.class !== "private-key" && object.class !== "public-key") return [];
  if (object.keyType === "RSA") return SIGN_ALGORITHMS.filter((name) => name.startsWith("RSASSA"));
  const own = ELLIPTIC[object.curve ?? ""];
  return own === undefined ? [] : [own];
}

/** `SHA-256`, as Web Crypto names it; `undefined` for Ed25519, which takes no digest. */
export function digestOf(algorithm: SignAlgorithm): string | undefined {
  const bits = /SHA_(\d+)$/.exec(algorithm)?.[1];
  return bits === undefined ? undefined : `SHA-${bits}`;
}

/** `undefined` when the message is too long for a key that signs messages only. */
export async function givenMessage(
  message: Uint8Array<ArrayBuffer>,
  algorithm: SignAlgorithm,
): Promise<GivenMessage | undefined> {
  if (message.length === 0) return undefined;
  if (message.length <= LIMITS.signedMessageBytes) return { messageType: "message", bytes: toBase64(message) };
  const hash = digestOf(algorithm);
  if (hash === undefined) return undefined;
  return { messageType: "digest", bytes: toBase64(new Uint8Array(await crypto.subtle.digest(hash, message))) };
}

export function toBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

/** White space is left out, as base64 often comes in lines; `undefined` for what is no base64. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  const plain = text.replaceAll(/\s+/g, "");
  if (plain === "" || plain.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(plain)) return undefined;
  return Uint8Array.from(atob(plain), (character) => character.charCodeAt(0));
}

/** How somebody without Keystead checks it. File names are those the window proposes. */
export function opensslCheck(algorithm: SignAlgorithm): string {
  const hash = digestOf(algorithm)?.replace("-", "").toLowerCase();
  if (hash === undefined)
    return "openssl pkeyutl -verify -pubin -inkey key.pub.pem -rawin -in message -sigfile message.sig";
  const pss = algorithm.includes("PSS") ? " -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest" : "";
  return `openssl dgst -${hash} -verify key.pub.pem${pss} -signature message.sig message`;
}
