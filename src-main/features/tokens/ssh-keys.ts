import { decodePublicBlob, encodeSpki, keyTypeOf } from "#main/crypto/public-key.ts";
import { randomBytes } from "#main/crypto/random.ts";
import type { SshSigner } from "#main/crypto/signer.ts";
import { isKeysteadError, KeysteadError } from "#shared/errors/keystead-error.ts";
import type { TokenKeySpec } from "#shared/models/token.ts";
import { newKeyId } from "./key-id.ts";
import { destroyQuietly, makeKey } from "./make-key.ts";
import { PUBLIC_VALUE_ATTRIBUTES, type PublicValue, publicValueOf, publicValueOfSpki } from "./public-value.ts";
import type { TokenInUse } from "./token-in-use.ts";
import { CKO } from "./token-numbers.ts";
import type { ObjectHandle } from "./token-port.ts";
import type { TokenService } from "./token-service.ts";
import { signOnToken } from "./token-signing.ts";

/** What is kept of a key pair whose private half is on a token. */
export interface SshKeyPlace {
  readonly tokenId: string;
  readonly tokenSerial: string;
  readonly tokenLabel: string;
  /** CKA_ID, hex. */
  readonly tokenKeyId: string;
  /** RFC 4253 section 6.6. */
  readonly publicBlob: Buffer;
}

export interface MadeSshKey extends SshKeyPlace {
  /** Deletes both halves again, in the turn they were made in: before what `make` was told to wait for. */
  destroy(): Promise<void>;
}

/** P21: key pairs for SSH logins that are made on a token and sign there. */
export class TokenSshKeys {
  readonly #service: TokenService;

  constructor(service: TokenService) {
    this.#service = service;
  }

  /**
   * Makes a pair, and lets it sign once before anybody relies on it (C41). Errors: not-present, not-logged-in, mechanism-missing,
   * mechanism-broken, full, and the token's own; then nothing stays on the token. Nobody erases the token, or the pair, before
   * `until`, the caller's `settled`: by then the pair is on record, or destroyed.
   */
  async make(
    tokenId: string,
    wish: { readonly spec: TokenKeySpec; readonly label: string },
    until: Promise<void>,
  ): Promise<MadeSshKey> {
    const inTurn = async (token: TokenInUse): Promise<MadeSshKey> => {
      await this.#service.logins.requireUser(token);
      const tokenKeyId = newKeyId();
      const handles = await makeKey(token, { ...wish, keyId: tokenKeyId, extractable: false, purpose: "general" });
      try {
        const value = await provedValue(token, handles);
        const { serial: tokenSerial, label: tokenLabel } = token.info;
        const place = { tokenId, tokenSerial, tokenLabel, tokenKeyId, publicBlob: value.blob };
        return { ...place, destroy: () => destroyQuietly(token, handles) };
      } catch (error) {
        await destroyQuietly(token, handles);
        throw error;
      }
    };
    return this.#service.shared(tokenId, inTurn, until);
  }

  /** Whether a login with this pair could be signed now. Errors: not-present, not-logged-in, object-not-found. */
  async assertReady(place: SshKeyPlace): Promise<void> {
    await this.#withKey(place, async () => undefined);
  }

  /** Signs on the token, each time finding it anew: it may be pulled out, and put in again, between two signatures. */
  signer(place: SshKeyPlace): SshSigner {
    const value = storedValue(place);
    return {
      publicBlob: place.publicBlob,
      keyType: keyTypeOf(value.parts),
      sign: (data, hash) =>
        this.#withKey(place, async (token, handle) => {
          // RFC 8332: without a named hash the algorithm is `ssh-rsa`, and that is SHA-1 (B51). Other keys bring their own.
          const signed = await signOnToken(token, { handle, value }, data, hash ?? "sha1");
          return signed.signature;
        }),
    };
  }

  async #withKey<T>(place: SshKeyPlace, work: (token: TokenInUse, key: ObjectHandle) => Promise<T>): Promise<T> {
    try {
      return await this.#service.shared(place.tokenId, async (token) => {
        await this.#service.logins.requireUser(token);
        const found = await privateHalf(token, place);
        if (found === undefined) throw keyGone(place);
        return work(token, found);
      });
    } catch (error) {
      throw inWordsOf(place, error);
    }
  }
}

/** C48: the id finds the key, and does not vouch for it; what it signs is held against the public half kept here. */
async function privateHalf(token: TokenInUse, { tokenKeyId }: SshKeyPlace): Promise<ObjectHandle | undefined> {
  const template = { CKA_CLASS: CKO.privateKey, CKA_ID: Buffer.from(tokenKeyId, "hex") };
  const [found] = await token.module.find(token.slot.slotId, template, []);
  return found?.handle;
}

async function provedValue(token: TokenInUse, handles: readonly [ObjectHandle, ...ObjectHandle[]]) {
  const [privateHalf, publicHalf] = handles;
  const { module, slot } = token;
  const value = publicValueOf(await module.read(slot.slotId, publicHalf ?? privateHalf, PUBLIC_VALUE_ATTRIBUTES));
  if (value === undefined) throw broken("The token made a key whose public half cannot be read.");
  const guards = await module.read(slot.slotId, privateHalf, ["CKA_SENSITIVE", "CKA_EXTRACTABLE"]);
  // C47: what was asked for is no proof of what was made.
  if (guards.CKA_SENSITIVE === false || guards.CKA_EXTRACTABLE === true)
    throw broken("The token made a private key that could be taken off it, although the opposite was asked for.");
  await signOnToken(token, { handle: privateHalf, value }, randomBytes(64), "sha256");
  return value;
}

function broken(sentence: string): KeysteadError {
  return new KeysteadError("tokens/mechanism-broken", `${sentence} Run the module doctor on its library.`);
}

function storedValue(place: SshKeyPlace): PublicValue {
  const value = publicValueOfSpki(encodeSpki(decodePublicBlob(place.publicBlob)));
  if (value === undefined) throw new TypeError("a public key that was made here cannot be read");
  return value;
}

function keyGone(place: SshKeyPlace): KeysteadError {
  return new KeysteadError(
    "tokens/object-not-found",
    `The key is not on the token “${place.tokenLabel}” any more: it was deleted, or the token was initialised. Servers that know it still take it, but nobody can use it; bind another key pair.`,
    { id: place.tokenId, keyId: place.tokenKeyId },
  );
}

/** Who binds a key pair thinks of the pair, not of the token: which one to put in, and what is asked for. */
function inWordsOf(place: SshKeyPlace, error: unknown): unknown {
  if (!isKeysteadError(error)) return error;
  const name = `“${place.tokenLabel}” (serial ${place.tokenSerial})`;
  const sentence: Readonly<Partial<Record<string, string>>> = {
    "tokens/not-found": `The private key is on the token ${name}, which is not in. Insert it and log in with its PIN.`,
    "tokens/not-present": `The private key is on the token ${name}, which is not in. Insert it and log in with its PIN.`,
    "tokens/not-logged-in": `The private key is on the token ${name}, where nobody is logged in. Log in with its PIN first.`,
    "tokens/removed": `The token ${name} was pulled out while it was signing. Insert it, log in with its PIN, and try again.`,
  };
  const told = sentence[error.code];
  if (told === undefined) return error;
  const code = error.code === "tokens/not-found" ? "tokens/not-present" : error.code;
  return new KeysteadError(code, told, { ...error.details, serial: place.tokenSerial }, { cause: error });
}
