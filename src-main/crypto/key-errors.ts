import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { FormatFault } from "./formats/format-fault.ts";

/** Runs `read` and turns a `FormatFault` into `keypairs/unreadable`, `what` being the sentence's subject. */
export function orUnreadable<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw cause instanceof FormatFault ? unreadable(what, cause) : cause;
  }
}

export function unreadable(what: string, cause: FormatFault): KeysteadError {
  const message = `${what} cannot be read: ${cause.message}. Check that it is complete and unaltered.`;
  return new KeysteadError("keypairs/unreadable", message, {}, { cause });
}

/** `what` completes "This private key is …". */
export function unsupportedKey(what: string): KeysteadError {
  const usable = "Use Ed25519, RSA of 2048 to 8192 bits, or ECDSA on nistp256, nistp384 or nistp521.";
  return new KeysteadError("keypairs/unsupported-key", `This private key is ${what}. ${usable}`);
}

export function passphraseRequired(): KeysteadError {
  return new KeysteadError("keypairs/passphrase-required", "This private key is encrypted. Give its passphrase.");
}

export function passphraseWrong(): KeysteadError {
  return new KeysteadError("keypairs/passphrase-wrong", "The passphrase does not open this private key. Try again.");
}

/** A file that would make us work or allocate more than any honest one does. */
export function tooCostly(what: string): KeysteadError {
  const message = `This private key demands ${what}, more than Keystead spends on a file. Save it again with usual settings.`;
  return new KeysteadError("keypairs/unsupported-key", message);
}

/** Runs `read` on what a passphrase has just decrypted: there a `FormatFault` means that the passphrase was wrong. */
export function orWrongPassphrase<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw cause instanceof FormatFault ? passphraseWrong() : cause;
  }
}

export function unsupportedEncryption(how: string): KeysteadError {
  const message = `This private key is encrypted with ${how}, which Keystead does not read. Save it again with AES.`;
  return new KeysteadError("keypairs/unsupported-key", message);
}
