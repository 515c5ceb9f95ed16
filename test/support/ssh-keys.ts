import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import type { SshSigner } from "#main/crypto/signer.ts";

export type TestKeyType = "ed25519" | "rsa" | "ecdsa-256" | "ecdsa-384" | "ecdsa-521";

export interface TestKey {
  readonly signer: SshSigner;
  /** `<type> <base64> test`, as authorized_keys takes it. */
  readonly publicLine: string;
  /** Hashes that were asked of an RSA key, in order. */
  readonly askedHashes: (string | undefined)[];
}

/**
 * A key and its signer made by node:crypto alone, without Keystead's own key code: an independent other side for tests of
 * the SSH adapter.
 */
export function makeTestKey(type: TestKeyType): TestKey {
  const { privateKey, keyType, hash } = generate(type);
  const blob = publicBlob(privateKey, keyType);
  const askedHashes: (string | undefined)[] = [];
  const signer: SshSigner = {
    publicBlob: blob,
    keyType,
    async sign(data, asked) {
      askedHashes.push(asked);
      return sign(keyType === "ssh-rsa" ? (asked ?? "sha1") : hash, data, { key: privateKey, dsaEncoding: "der" });
    },
  };
  return { signer, publicLine: `${keyType} ${blob.toString("base64")} test`, askedHashes };
}

function generate(type: TestKeyType): { privateKey: KeyObject; keyType: string; hash: string | null } {
  if (type === "ed25519") return { ...generateKeyPairSync("ed25519"), keyType: "ssh-ed25519", hash: null };
  if (type === "rsa")
    return { ...generateKeyPairSync("rsa", { modulusLength: 2048 }), keyType: "ssh-rsa", hash: "sha1" };
  const bits = type.slice(-3);
  const namedCurve = { "256": "prime256v1", "384": "secp384r1", "521": "secp521r1" }[bits] ?? "prime256v1";
  const hash = { "256": "sha256", "384": "sha384", "521": "sha512" }[bits] ?? "sha256";
  return { ...generateKeyPairSync("ec", { namedCurve }), keyType: `ecdsa-sha2-nistp${bits}`, hash };
}

function publicBlob(privateKey: KeyObject, keyType: string): Buffer {
  const jwk = createPrivateKey(privateKey.export({ type: "pkcs8", format: "pem" })).export({ format: "jwk" });
  const number = (text: string | undefined) => Buffer.from(text ?? "", "base64url");
  if (keyType === "ssh-ed25519") return wire(keyType, number(jwk.x));
  if (keyType === "ssh-rsa") return wire(keyType, mpint(number(jwk.e)), mpint(number(jwk.n)));
  const point = Buffer.concat([Buffer.of(4), number(jwk.x), number(jwk.y)]);
  return wire(keyType, keyType.replace("ecdsa-sha2-", ""), point);
}

function wire(...fields: (string | Buffer)[]): Buffer {
  return Buffer.concat(
    fields.flatMap((field) => {
      const bytes = Buffer.from(field);
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return [length, bytes];
    }),
  );
}

function mpint(magnitude: Buffer): Buffer {
  return (magnitude[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), magnitude]) : magnitude;
}
