import type { RunContext } from "#main/features/jobs/index.ts";
import { findKeypairRow, type KeypairSigner, type KeypairSigners } from "#main/features/keypairs/index.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";

export interface BenchKey extends KeypairSigner {
  readonly comment: string;
}

/** The key pair's private half, or why it cannot be had: keypairs/not-found, keypairs/no-private-key. The caller disposes it. */
export async function loadKey(
  { vault, keypairId = "", operatorId }: RunContext,
  signers: KeypairSigners,
): Promise<BenchKey | KeysteadError> {
  try {
    const keypair = await findKeypairRow(vault.read, { userId: operatorId }, keypairId);
    return { ...signers.signerFor(vault, keypair), comment: keypair.comment };
  } catch (error) {
    if (error instanceof KeysteadError) return error;
    throw error;
  }
}
