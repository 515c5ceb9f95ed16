import { makeSigner, type SshSigner } from "#main/crypto/signer.ts";
import type { SshKeyPlace, TokenSshKeys } from "#main/features/tokens/index.ts";
import type { OpenVault } from "#main/features/vault/index.ts";
import type { KeypairRow } from "./keypair-repository.ts";
import { openPrivateHalf } from "./private-half.ts";

/** Signs with a key pair wherever its private half is. `dispose` ends it and wipes what was opened for it. */
export interface KeypairSigner {
  readonly signer: SshSigner;
  dispose(): void;
}

/** The one way to sign with a key pair. */
export class KeypairSigners {
  readonly #tokenKeys: TokenSshKeys;

  constructor(tokenKeys: TokenSshKeys) {
    this.#tokenKeys = tokenKeys;
  }

  /** A token is asked only when it has to sign. Errors: keypairs/no-private-key, access/denied. */
  signerFor(vault: OpenVault, keypair: KeypairRow): KeypairSigner {
    const place = placeOnToken(keypair);
    if (place !== undefined) return { signer: this.#tokenKeys.signer(place), dispose: () => undefined };
    const { pkcs8 } = openPrivateHalf(vault, keypair);
    return { signer: makeSigner(pkcs8), dispose: () => pkcs8.dispose() };
  }

  /**
   * Before work begins that will have to sign. Errors: keypairs/no-private-key; tokens/not-present and not-logged-in in the
   * words for a key pair on a token.
   */
  async assertUsable(vault: OpenVault, keypair: KeypairRow): Promise<void> {
    const place = placeOnToken(keypair);
    if (place === undefined) this.signerFor(vault, keypair).dispose();
    else await this.#tokenKeys.assertReady(place);
  }
}

function placeOnToken(row: KeypairRow): SshKeyPlace | undefined {
  const { tokenId, tokenSerial, tokenLabel, tokenKeyId, publicBlob } = row;
  if (tokenId === null || tokenSerial === null || tokenLabel === null || tokenKeyId === null) return undefined;
  return { tokenId, tokenSerial, tokenLabel, tokenKeyId, publicBlob };
}
