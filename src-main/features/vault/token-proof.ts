import { encodePin } from "#main/crypto/encode-pin.ts";
import { SecretBytes } from "#main/crypto/secret-bytes.ts";

/** A token as somebody comes by it: that of the slot named, or whichever of theirs is in. */
export interface TokenProof {
  readonly slotId: string | undefined;
  readonly pin: SecretBytes;
  /** Looked at only where the slot wants it. */
  readonly password: SecretBytes | undefined;
  readonly acceptFinalTry: boolean;
}

/** The contract's parameters with their secrets in bytes, which are wiped when it is disposed. */
export function tokenProof(given: {
  readonly slotId?: string | undefined;
  readonly pin: string;
  readonly password?: string | undefined;
  readonly acceptFinalTry: boolean;
}): TokenProof & Disposable {
  const secrets = new DisposableStack();
  const pin = secrets.use(encodePin(given.pin));
  const password = given.password === undefined ? undefined : secrets.use(SecretBytes.fromText(given.password));
  const { slotId, acceptFinalTry } = given;
  return { slotId, pin, password, acceptFinalTry, [Symbol.dispose]: () => secrets.dispose() };
}
