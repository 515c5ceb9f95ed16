import { fingerprints } from "#main/crypto/public-key.ts";
import { WireReader } from "#main/crypto/ssh-wire.ts";
import type { HostKey } from "#main/features/servers/ssh-port.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";

export function hostKeyOf(blob: Buffer): HostKey {
  const algorithm = new WireReader(blob).name();
  return { algorithm, blob: blob.toString("base64"), fingerprint: fingerprints(blob).sha256 };
}

/** One host's keys, as far as it has shown them, and whether it is the host it is taken for. */
export class HostTrust {
  readonly #address: string;
  readonly #trusted: readonly HostKey[] | undefined;
  readonly #keys: HostKey[] = [];

  /** `trusted` absent: any key will do, with no login to follow. */
  constructor(address: string, trusted: readonly HostKey[] | undefined) {
    this.#address = address;
    this.#trusted = trusted;
  }

  /** The one it has proved to hold comes first. */
  get keys(): readonly HostKey[] {
    return this.#keys;
  }

  /** Why the host must not be spoken to, or `undefined`. B45, B46: before any credential. Errors: servers/host-key-…, unexpected-answer. */
  refuse(blob: Buffer): KeysteadError | undefined {
    let offered: HostKey;
    try {
      offered = hostKeyOf(blob);
    } catch (cause) {
      return new KeysteadError(
        "servers/unexpected-answer",
        `${this.#address} sent a host key that cannot be read.`,
        {},
        { cause },
      );
    }
    const refusal = this.#trusted === undefined ? undefined : distrust(this.#address, this.#trusted, offered);
    if (refusal === undefined) this.remember(offered);
    return refusal;
  }

  remember(key: HostKey): void {
    if (!this.#keys.some((known) => known.blob === key.blob)) this.#keys.push(key);
  }
}

/** Why the offered key must not be trusted, or `undefined` when it is one of the trusted ones (B46, B49). */
function distrust(address: string, trusted: readonly HostKey[], offered: HostKey): KeysteadError | undefined {
  if (trusted.some((known) => known.blob === offered.blob)) return undefined;
  const { algorithm, fingerprint, blob } = offered;
  if (trusted.length === 0) {
    return new KeysteadError(
      "servers/host-key-unknown",
      `The host key of ${address} is not known yet: ${algorithm} ${fingerprint}. Compare it with the server's own before trusting it.`,
      { algorithm, fingerprint, blob },
    );
  }
  // A new type beside known ones is a change too: the known types were asked for first (B48).
  const expected = trusted.map((known) => `${known.algorithm} ${known.fingerprint}`);
  return new KeysteadError(
    "servers/host-key-changed",
    `${address} shows another host key than the pinned one. Nothing was sent to it. Either the server was reinstalled, or somebody sits between: ask its administrator before replacing the pinned key.`,
    { expected, offered: `${algorithm} ${fingerprint}`, algorithm, fingerprint, blob },
  );
}
