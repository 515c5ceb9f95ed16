import { ed25519PublicKey, signEd25519, verifyEd25519 } from "#main/crypto/ed25519.ts";
import { sha256 } from "#main/crypto/hash.ts";
import { netstrings } from "#main/crypto/netstrings.ts";
import type { SecretBytes } from "#main/crypto/secret-bytes.ts";

/** A signed statement of the chain's state (D18). Everything but `signature` is what it signs. */
export interface CheckpointRecord {
  readonly number: number;
  readonly time: number;
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly head: Buffer;
  /** SHA-256 of the signed bytes and signature of the checkpoint before; empty for the first. */
  readonly previous: Buffer;
  readonly signature: Buffer;
  readonly publicKey: Buffer;
}

type Unsigned = Omit<CheckpointRecord, "signature" | "publicKey">;

function signedBytes(vaultId: string, checkpoint: Unsigned): Buffer {
  return netstrings([
    "keystead/checkpoint/v1",
    vaultId,
    String(checkpoint.number),
    String(checkpoint.time),
    String(checkpoint.firstSequence),
    String(checkpoint.lastSequence),
    checkpoint.head.toString("hex"),
    checkpoint.previous.toString("hex"),
  ]);
}

/** What the next checkpoint holds as `previous`. */
export function checkpointHash(vaultId: string, checkpoint: CheckpointRecord): Buffer {
  return sha256(Buffer.concat([signedBytes(vaultId, checkpoint), checkpoint.signature]));
}

export function signCheckpoint(vaultId: string, checkpoint: Unsigned, seed: SecretBytes): CheckpointRecord {
  return {
    ...checkpoint,
    signature: signEd25519(seed, signedBytes(vaultId, checkpoint)),
    publicKey: ed25519PublicKey(seed),
  };
}

/** Whether the signature is of `publicKey`, which the caller trusts; the record's own copy is not believed. */
export function isSignedBy(vaultId: string, checkpoint: CheckpointRecord, publicKey: Uint8Array): boolean {
  return verifyEd25519(publicKey, signedBytes(vaultId, checkpoint), checkpoint.signature);
}
