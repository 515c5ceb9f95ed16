import { generateKeyPair } from "node:crypto";
import { CURVES, type Curve } from "./curves.ts";
import { orUnreadable } from "./key-errors.ts";
import {
  decodePkcs8,
  encodePkcs8,
  loadPrivateKey,
  type PrivateParts,
  publicPartsOf,
  wipeParts,
} from "./private-key.ts";
import { bitsOfParts, encodePublicBlob, keyTypeOf, type SshKeyType } from "./public-key.ts";
import { SecretBytes } from "./secret-bytes.ts";

/** What a new key pair is to be. */
export type KeySpec =
  | { readonly type: "ed25519" }
  | { readonly type: "rsa"; readonly bits: 2048 | 3072 | 4096 }
  | { readonly type: "ecdsa"; readonly curve: Curve };

/** A key pair. Whoever holds it disposes `pkcs8`. */
export interface KeyMaterial {
  readonly keyType: SshKeyType;
  /** As `ssh-keygen -l` counts: modulus, curve, 256 for Ed25519. */
  readonly bits: number;
  /** RFC 4253 wire format. */
  readonly publicBlob: Buffer;
  /** PrivateKeyInfo version 0, DER. */
  readonly pkcs8: SecretBytes;
}

const ENCODING = {
  publicKeyEncoding: { format: "der", type: "spki" },
  privateKeyEncoding: { format: "der", type: "pkcs8" },
} as const;

/** Makes a key pair on the thread pool: RSA-4096 takes up to seconds and must not hold up the process. */
export async function generateKeyMaterial(spec: KeySpec): Promise<KeyMaterial> {
  const privateKey = await generateDer(spec);
  try {
    return materialOf(privateKey);
  } finally {
    privateKey.fill(0);
  }
}

function generateDer(spec: KeySpec): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, _publicKey: Buffer, privateKey: Buffer): void =>
      error ? reject(error) : resolve(privateKey);
    if (spec.type === "ed25519") generateKeyPair("ed25519", ENCODING, done);
    else if (spec.type === "rsa") generateKeyPair("rsa", { modulusLength: spec.bits, ...ENCODING }, done);
    else generateKeyPair("ec", { namedCurve: CURVES[spec.curve].openssl, ...ENCODING }, done);
  });
}

/** The key pair whose private half is `pkcs8`, copied in its canonical form. Throws when it is not a key we use. */
export function keyMaterialOf(pkcs8: SecretBytes): KeyMaterial {
  return materialOf(pkcs8.reveal());
}

/** The public blob that belongs to a private key. */
export function publicBlobOf(pkcs8: SecretBytes): Buffer {
  const parts = orUnreadable("The private key", () => decodePkcs8(pkcs8.reveal()));
  const blob = encodePublicBlob(publicPartsOf(parts));
  wipeParts(parts);
  return blob;
}

function materialOf(der: Buffer): KeyMaterial {
  return orUnreadable("The private key", () => {
    const parts = decodePkcs8(der);
    try {
      return materialOfParts(parts);
    } finally {
      wipeParts(parts);
    }
  });
}

/** Brings every way a key can come in to the one form kept; throws `FormatFault` when the library refuses the key. */
export function materialOfParts(parts: PrivateParts): KeyMaterial {
  const publicParts = publicPartsOf(parts);
  const pkcs8 = encodePkcs8(parts);
  try {
    loadPrivateKey(pkcs8, publicParts);
    const blob = encodePublicBlob(publicParts);
    return {
      keyType: keyTypeOf(publicParts),
      bits: bitsOfParts(publicParts),
      publicBlob: blob,
      pkcs8: SecretBytes.copyOf(pkcs8),
    };
  } finally {
    pkcs8.fill(0);
  }
}
