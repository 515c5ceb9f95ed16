import { constants, createPrivateKey, type SignKeyObjectInput, sign } from "node:crypto";
import { CURVES } from "./curves.ts";
import { orUnreadable } from "./key-errors.ts";
import { decodePkcs8, publicPartsOf, wipeParts } from "./private-key.ts";
import { encodePublicBlob, keyTypeOf, type PublicParts } from "./public-key.ts";
import type { SecretBytes } from "./secret-bytes.ts";

/** Signs with one private key, wherever that lives. RSA honours `hash`; the others ignore it (B51). */
export interface SshSigner {
  /** RFC 4253 wire blob of the public key. */
  readonly publicBlob: Buffer;
  /** e.g. `ssh-ed25519`, `ssh-rsa`, `ecdsa-sha2-nistp256`. */
  readonly keyType: string;
  /** The bare signature as ssh2's agent interface expects it: Ed25519 64 bytes, RSA PKCS#1 v1.5, ECDSA as DER `SEQUENCE{r,s}`. */
  sign(data: Buffer, hash: "sha1" | "sha256" | "sha512" | undefined): Promise<Buffer>;
}

/**
 * Signs SSH logins with a private key held here. It keeps a reference to `pkcs8`, not a copy: once that is disposed, when
 * the vault locks for instance, the signer is dead too and `sign` rejects with a TypeError.
 */
export function makeSigner(pkcs8: SecretBytes): SshSigner {
  const parts = orUnreadable("The private key", () => decodePkcs8(pkcs8.reveal()));
  const publicParts = publicPartsOf(parts);
  const [publicBlob, keyType, shape] = [encodePublicBlob(publicParts), keyTypeOf(publicParts), shapeOf(publicParts)];
  wipeParts(parts);
  return {
    publicBlob,
    keyType,
    async sign(data, hash) {
      const key = createPrivateKey({ key: pkcs8.reveal(), format: "der", type: "pkcs8" });
      // RFC 8332: without a named hash the algorithm is `ssh-rsa`, and that is SHA-1 (B51).
      return signOnPool(shape.hash === "asked" ? (hash ?? "sha1") : shape.hash, data, { key, ...shape.options });
    },
  };
}

interface SignatureShape {
  readonly hash: string | null | "asked";
  readonly options: Omit<SignKeyObjectInput, "key">;
}

function shapeOf(parts: PublicParts): SignatureShape {
  if (parts.type === "ed25519") return { hash: null, options: {} };
  if (parts.type === "rsa") return { hash: "asked", options: { padding: constants.RSA_PKCS1_PADDING } };
  return { hash: CURVES[parts.curve].hash, options: { dsaEncoding: "der" } };
}

/** On the thread pool: an RSA-4096 signature takes milliseconds, and a batch makes many. */
function signOnPool(hash: string | null, data: Buffer, key: SignKeyObjectInput): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    sign(hash, data, key, (error, signature) => (error ? reject(error) : resolve(signature)));
  });
}
