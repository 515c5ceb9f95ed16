import { equalBytes, sha256 } from "#main/crypto/hash.ts";
import { SecretBytes } from "#main/crypto/secret-bytes.ts";
import type { Share } from "#main/crypto/shamir.ts";

/*
 * One custodian's share, 60 bytes (docs/formats.md):
 *
 *   0        version, 1
 *   1 … 8    set id, random, the same in all shares of a set
 *   9        threshold M        10  total N        11  index, 1 … N
 *   12 … 27  commitment = first 16 bytes of SHA-256("keystead/share-commitment/v1" || 0x00 || bytes 1 … 10 || secret)
 *   28 … 59  the share's value of the 32-byte secret
 */
export const SHARE_BYTES = 60;
const VERSION = 1;
const MARK = 16;

/** What all shares of one set have in common; none of it is secret. */
export interface ShareSet {
  /** 8 bytes, hex. */
  readonly setId: string;
  readonly threshold: number;
  readonly total: number;
  /** 16 bytes, hex: which secret it is, without telling anything of it. */
  readonly commitment: string;
}

export interface CustodianShare extends ShareSet, Share {}

export function encodeShare(share: CustodianShare): SecretBytes {
  return SecretBytes.take(
    Buffer.concat([
      Buffer.of(VERSION),
      Buffer.from(share.setId, "hex"),
      Buffer.of(share.threshold, share.total, share.index),
      Buffer.from(share.commitment, "hex"),
      share.value.reveal(),
    ]),
  );
}

/** `undefined`: no share of this version, or one that cannot be. */
export function decodeShare(encoded: SecretBytes): CustodianShare | undefined {
  const bytes = encoded.reveal();
  const [threshold = 0, total = 0, index = 0] = bytes.subarray(9, 12);
  const sound = 2 <= threshold && threshold <= total && total <= 16 && 1 <= index && index <= total;
  if (bytes.length !== SHARE_BYTES || bytes[0] !== VERSION || !sound) return undefined;
  return {
    setId: bytes.toString("hex", 1, 9),
    threshold,
    total,
    index,
    commitment: bytes.toString("hex", 12, 28),
    value: SecretBytes.copyOf(bytes.subarray(28)),
  };
}

export function commitmentOf(set: Omit<ShareSet, "commitment">, secret: SecretBytes): string {
  using input = SecretBytes.take(
    Buffer.concat([
      Buffer.from("keystead/share-commitment/v1\0"),
      Buffer.from(set.setId, "hex"),
      Buffer.of(set.threshold, set.total),
      secret.reveal(),
    ]),
  );
  return sha256(input.reveal()).toString("hex", 0, MARK);
}

/** By which the backup's file knows each share again, so that a wrong one can be named; 16 bytes, hex. */
export function shareCheckOf(encoded: SecretBytes): string {
  using input = SecretBytes.take(Buffer.concat([Buffer.from("keystead/share-check/v1\0"), encoded.reveal()]));
  return sha256(input.reveal()).toString("hex", 0, MARK);
}

export function sameHex(a: string, b: string): boolean {
  return equalBytes(Buffer.from(a, "hex"), Buffer.from(b, "hex"));
}
