import type { SecretBytes } from "#main/crypto/secret-bytes.ts";
import { makeSigner } from "#main/crypto/signer.ts";
import type { RunContext } from "#main/features/jobs/index.ts";
import { findKeypairRow, openPrivateHalf } from "#main/features/keypairs/index.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import type { SshSigner } from "../ssh-port.ts";

export interface BenchKey {
  readonly pkcs8: SecretBytes;
  readonly signer: SshSigner;
  readonly comment: string;
}

/** The key pair's private half, or why it cannot be had: keypairs/not-found, keypairs/no-private-key. The caller disposes it. */
export async function loadKey({ vault, keypairId = "", operatorId }: RunContext): Promise<BenchKey | KeysteadError> {
  try {
    const keypair = await findKeypairRow(vault.read, { userId: operatorId }, keypairId);
    const { pkcs8 } = openPrivateHalf(vault, keypair);
    return { pkcs8, signer: makeSigner(pkcs8), comment: keypair.comment };
  } catch (error) {
    if (error instanceof KeysteadError) return error;
    throw error;
  }
}
