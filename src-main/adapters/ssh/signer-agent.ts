import ssh2, { type ParsedKey, type SigningRequestOptions } from "ssh2";
import type { SshSigner } from "#main/crypto/signer.ts";
import type { SshProfile } from "#main/features/servers/ssh-port.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";

type Identities = (error: Error | undefined, keys?: ParsedKey[]) => void;
type Signed = (error: Error | undefined, signature?: Buffer) => void;

/**
 * Offers exactly one key (B54) and signs wherever that key lives; private bytes never reach ssh2. `onFailure` hears the
 * signer's own error, which ssh2 would wrap.
 */
export class SignerAgent extends ssh2.BaseAgent<ParsedKey> {
  readonly #signer: SshSigner;
  readonly #profile: SshProfile;
  readonly #onFailure: (error: unknown) => void;

  constructor(signer: SshSigner, profile: SshProfile, onFailure: (error: unknown) => void) {
    super();
    this.#signer = signer;
    this.#profile = profile;
    this.#onFailure = onFailure;
  }

  override getIdentities(done: Identities): void {
    const { keyType, publicBlob } = this.#signer;
    const key = ssh2.utils.parseKey(`${keyType} ${publicBlob.toString("base64")}`);
    if (key instanceof Error) {
      const sentence = `Keystead cannot log in with a key of type ${keyType}.`;
      const refused = new KeysteadError("keypairs/unsupported-key", sentence);
      this.#onFailure(refused);
      done(refused);
    } else {
      done(undefined, [key]);
    }
  }

  override sign(_key: ParsedKey, data: Buffer, options: SigningRequestOptions | Signed, done?: Signed): void {
    const answer = typeof options === "function" ? options : done;
    const hash = typeof options === "function" ? undefined : hashOf(options.hash);
    this.#sign(data, hash).then(
      (signature) => answer?.(undefined, signature),
      (error: unknown) => {
        this.#onFailure(error);
        answer?.(error instanceof Error ? error : new Error("signing failed"));
      },
    );
  }

  async #sign(data: Buffer, hash: "sha1" | "sha256" | "sha512" | undefined): Promise<Buffer> {
    if (hash === "sha1" && this.#profile === "strict") {
      throw new KeysteadError(
        "servers/no-common-algorithm",
        "The server takes RSA signatures with SHA-1 only. Update it, use an Ed25519 key, or set this server to the legacy profile.",
      );
    }
    return this.#signer.sign(data, hash);
  }
}

/** ssh2 says which hash the chosen RSA algorithm has (B51); nothing for the other key types. */
function hashOf(name: string | undefined): "sha1" | "sha256" | "sha512" | undefined {
  return name === "sha1" || name === "sha256" || name === "sha512" ? name : undefined;
}
