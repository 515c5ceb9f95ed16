import { bitsOf } from "#main/crypto/public-key.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import type { NewKeyLine } from "../authorized-keys-edit.ts";
import type { SshSession } from "../ssh-port.ts";
import { type BenchParts, ServerBench } from "../steps/server-bench.ts";
import { type BindMemory, type BindParams, bindParams, readMemory } from "./bind-memory.ts";

/** What the steps of one bind share. */
export class BindBench extends ServerBench {
  readonly params: BindParams;
  /** The keys file that had the key already, when it is not the one a new line would go to. */
  keyFoundIn: string | undefined;
  /** What this server's sshd may mind about the keys file, as far as the run that added the key saw it. */
  placeDoubts: readonly string[] = [];

  constructor(parts: BenchParts) {
    super(parts);
    this.params = bindParams.parse(parts.context.params);
  }

  get needsRoot(): boolean {
    return this.params.disablePasswordLogin;
  }

  get keyLine(): NewKeyLine {
    const { signer, comment } = this.needKey;
    return { type: signer.keyType, blob: signer.publicBlob, comment };
  }

  get keyBits(): number {
    return bitsOf(this.signer.publicBlob);
  }

  get memory(): BindMemory {
    return readMemory(this.context.memory);
  }

  /** By password, or by the key once that is proved. */
  protected async openControl(): Promise<SshSession> {
    const password = this.context.secrets.get("password");
    const { keyProved, keysEdit } = this.memory;
    // After the key is proved passwords may be off; a refused password would only cost penalty points (B52).
    const byKey = keyProved === true || (password === undefined && keysEdit !== undefined);
    const session = byKey ? await this.#keyIfTaken() : undefined;
    if (session !== undefined) return session;
    if (password === undefined) {
      throw new KeysteadError(
        "tasks/password-needed",
        `Give the password of ${this.user}@${this.server.host} again to go on.`,
      );
    }
    return this.connect({ kind: "password", password });
  }

  /** `undefined` when the server does not take the key, as after an undo that was cut off behind its last change. */
  async #keyIfTaken(): Promise<SshSession | undefined> {
    if (this.key instanceof KeysteadError) return undefined;
    try {
      return await this.connect({ kind: "key", signer: this.signer });
    } catch (error) {
      if (error instanceof KeysteadError && error.code === "servers/login-refused") return undefined;
      throw error;
    }
  }
}
