import pkcs11js from "pkcs11js";
import type { Mechanism, ObjectHandle, TokenAt } from "#main/features/tokens/token-port.ts";
import type { LoadedModule } from "./loaded-module.ts";
import { pinText } from "./login-calls.ts";
import { assertMeant } from "./meant-token.ts";
import { nativeMechanisms } from "./mechanism-parameters.ts";
import { ask, failureOf, hasCkr, isGone } from "./module-failure.ts";
import { begin, finish, inPreparedShapes, inShapes } from "./operation.ts";
import { type PackedBytes, packBytes, unpackBytes } from "./packed-bytes.ts";
import type { Failure, PinBytes, SignOutcomes } from "./protocol.ts";

/** RSA-8192, the largest signature there is, has 1 KiB. */
const SIGNATURE_SIZE = 2048;
/** Padding, a tag and a nonce that a module may put in front. */
const CIPHER_OVERHEAD = 256;

export function sign(
  loaded: LoadedModule,
  slotId: string,
  mechanism: Mechanism,
  keyText: ObjectHandle,
  packed: PackedBytes,
): SignOutcomes {
  const messages = unpackBytes(packed);
  const signatures: Buffer[] = [];
  const failures: [number, Failure][] = [];
  const none = Buffer.alloc(0);
  try {
    const signOne = signer(loaded, slotId, mechanism, keyText);
    for (const message of messages) {
      try {
        signatures.push(signOne(message));
      } catch (error) {
        const failure = failureOf(error);
        // What fails before the message is looked at fails for each of them.
        if (isGone(error) || failure.nature !== "ckr" || failure.call === "C_SignInit") throw error;
        failures.push([signatures.length, failure]);
        signatures.push(none);
      }
    }
  } catch (error) {
    const failure = failureOf(error);
    for (let index = signatures.length; index < messages.length; index += 1) {
      failures.push([index, failure]);
      signatures.push(none);
    }
  }
  return { signatures: packBytes(signatures), failures };
}

/**
 * C25: for a key with CKA_ALWAYS_AUTHENTICATE the PIN belongs between C_SignInit and C_Sign, each time anew (PKCS#11 2.40
 * section 11.6, CKU_CONTEXT_SPECIFIC). In a session of its own: a refused PIN leaves the operation open, which ends with it.
 */
export function signWithPin(
  loaded: LoadedModule,
  at: TokenAt,
  mechanism: Mechanism,
  keyText: ObjectHandle,
  message: Buffer,
  pin: PinBytes,
): Buffer {
  const { module, sessions } = loaded;
  const text = pinText(pin);
  const key = sessions.handleOf(at.slotId, keyText);
  // A buffer that is too small must not cost a second PIN: the largest signature fits.
  const out = Buffer.alloc(SIGNATURE_SIZE);
  // A fresh session alone would not tell that the token was pulled out and put in again since the key was found (C32). Not by
  // C_GetSessionInfo: where a card's last PIN was refused, OpenSC answers that by closing everything.
  sessions.within(at.slotId, (main) =>
    ask("C_GetAttributeValue", () => module.C_GetAttributeValue(main, key, [{ type: pkcs11js.CKA_CLASS }])),
  );
  return sessions.aside(at.slotId, (session) => {
    inShapes(mechanism, (native) => ask("C_SignInit", () => module.C_SignInit(session, native, key)));
    assertMeant(loaded, at);
    ask("C_Login", () => module.C_Login(session, pkcs11js.CKU_CONTEXT_SPECIFIC, text));
    return ask("C_Sign", () => module.C_Sign(session, message, out));
  });
}

/** What is the same for every message is done once. */
function signer(
  loaded: LoadedModule,
  slotId: string,
  mechanism: Mechanism,
  keyText: ObjectHandle,
): (message: Buffer) => Buffer {
  const { module, sessions } = loaded;
  const key = sessions.handleOf(slotId, keyText);
  const shapes = nativeMechanisms(mechanism);
  const start = () =>
    inPreparedShapes(shapes, (native) =>
      begin(loaded, slotId, "C_SignInit", (session) => module.C_SignInit(session, native, key)),
    );
  return (message) => {
    const session = start();
    return sessions.within(slotId, () =>
      finish("C_Sign", SIGNATURE_SIZE, (out) => module.C_Sign(session, message, out), start),
    );
  };
}

export function verify(
  loaded: LoadedModule,
  slotId: string,
  mechanism: Mechanism,
  keyText: ObjectHandle,
  message: Buffer,
  signature: Buffer,
): boolean {
  const { module, sessions } = loaded;
  const key = sessions.handleOf(slotId, keyText);
  const session = inShapes(mechanism, (native) =>
    begin(loaded, slotId, "C_VerifyInit", (s) => module.C_VerifyInit(s, native, key)),
  );
  try {
    return sessions.within(slotId, () => ask("C_Verify", () => module.C_Verify(session, message, signature)));
  } catch (error) {
    if (hasCkr(error, "CKR_SIGNATURE_INVALID", "CKR_SIGNATURE_LEN_RANGE")) return false;
    throw error;
  }
}

export function encrypt(
  loaded: LoadedModule,
  slotId: string,
  mechanism: Mechanism,
  keyText: ObjectHandle,
  plaintext: Buffer,
): Buffer {
  const { module, sessions } = loaded;
  const key = sessions.handleOf(slotId, keyText);
  const start = () =>
    inShapes(mechanism, (native) =>
      begin(loaded, slotId, "C_EncryptInit", (session) => module.C_EncryptInit(session, native, key)),
    );
  const session = start();
  // RSA gives a whole modulus whatever goes in.
  const size = Math.max(SIGNATURE_SIZE, plaintext.length + CIPHER_OVERHEAD);
  return sessions.within(slotId, () =>
    finish("C_Encrypt", size, (out) => module.C_Encrypt(session, plaintext, out), start),
  );
}

export function decrypt(
  loaded: LoadedModule,
  slotId: string,
  mechanism: Mechanism,
  keyText: ObjectHandle,
  ciphertext: Buffer,
): Buffer {
  const { module, sessions } = loaded;
  const key = sessions.handleOf(slotId, keyText);
  const start = () =>
    inShapes(mechanism, (native) =>
      begin(loaded, slotId, "C_DecryptInit", (session) => module.C_DecryptInit(session, native, key)),
    );
  const session = start();
  const size = ciphertext.length + CIPHER_OVERHEAD;
  return sessions.within(slotId, () =>
    finish("C_Decrypt", size, (out) => module.C_Decrypt(session, ciphertext, out), start),
  );
}

const MAX_RANDOM = 1 << 20;

export function random(loaded: LoadedModule, slotId: string, bytes: number): Buffer {
  if (!Number.isInteger(bytes) || bytes < 0 || bytes > MAX_RANDOM) throw new TypeError("unusable number of bytes");
  return loaded.sessions.within(slotId, (session) =>
    ask("C_GenerateRandom", () => loaded.module.C_GenerateRandom(session, Buffer.alloc(bytes))),
  );
}
