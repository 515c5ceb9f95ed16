import { createECDH } from "node:crypto";
import { CURVES, type Curve } from "./curves.ts";
import { SecretBytes } from "./secret-bytes.ts";

/** One side of an agreement whose private half is forgotten at once: only the other side can come to `secret` again. */
export interface Agreement {
  /** Ours, uncompressed: 0x04 || x || y. */
  readonly publicPoint: Buffer;
  /** The shared point's x coordinate (SEC 1 section 3.3.1), as long as the curve's field; a KDF comes before any use. */
  readonly secret: SecretBytes;
}

/** Throws when `peer` is no point of the curve: nothing can then be learned about a key from what we answer. */
export function agreeOnce(curve: Curve, peer: Uint8Array): Agreement {
  const own = createECDH(CURVES[curve].openssl);
  const publicPoint = own.generateKeys();
  return { publicPoint, secret: SecretBytes.take(own.computeSecret(peer)) };
}
