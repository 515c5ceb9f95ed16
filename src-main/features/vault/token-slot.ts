import { gcmOpen, gcmSeal } from "#main/crypto/aes-gcm.ts";
import { hkdf } from "#main/crypto/derive.ts";
import { netstrings } from "#main/crypto/netstrings.ts";
import { randomId } from "#main/crypto/random.ts";
import { SecretBytes } from "#main/crypto/secret-bytes.ts";
import { vaultIdBytes } from "#main/crypto/vault-id.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { bothKeys, type SlotKeys, type SlotOwner, splitKeys } from "./key-slot.ts";
import type { SlotWithToken, TokenAnswer, TokenSlot } from "./slot-shapes.ts";

/** Where the token is found again, and which of its keys answers how. */
export type TokenPlace = Pick<SlotWithToken, "modulePath" | "libraryParameters" | "token" | "keyId">;

/**
 * What the vault needs of tokens while it is locked, and the tokens feature gives. Nothing of the vault's is known to it: a slot
 * goes in, the secret that only the slot's token can tell comes out.
 */
export interface TokenSlotOpener {
  /**
   * The secret of whichever of these slots has its token in. The caller disposes it. Rejects with `tokens/…`: not-present (also
   * when another token is in), module-…, pin-…, object-not-found (the key is gone: the token was initialised since),
   * object-ambiguous (tokens of several slots are in), challenge-failed. `pinMayHaveCounted` stands in the details where the
   * token has looked at a PIN and did not take it, by whatever name.
   */
  openTokenSlot(
    slots: readonly SlotWithToken[],
    pin: SecretBytes,
    options: { readonly acceptFinalTry: boolean },
  ): Promise<TokenAnswered>;
}

export interface TokenAnswered {
  readonly slot: SlotWithToken;
  readonly secret: SecretBytes;
}

/** A fresh slot behind `secret`. The caller keeps `keys` and `secret`. */
export function makeTokenSlot(
  owner: SlotOwner,
  place: TokenPlace,
  answer: TokenAnswer,
  keys: SlotKeys,
  secret: SecretBytes,
  createdAt: number,
): TokenSlot {
  const facts = {
    id: randomId(),
    kind: "token" as const,
    userId: owner.userId,
    userName: owner.userName,
    createdAt,
    ...place,
    ...answer,
  };
  using wrapping = wrappingKey(owner.vaultId, facts, secret);
  using both = bothKeys(keys);
  const wrapped = gcmSeal(wrapping.reveal(), both.reveal(), slotFacts(owner.vaultId, facts));
  return { ...facts, wrapped: wrapped.toString("base64") };
}

/** The keys behind a slot; the caller disposes them. Error: `tokens/challenge-failed`. */
export function openTokenSlot(vaultId: string, slot: TokenSlot, secret: SecretBytes): SlotKeys {
  using wrapping = wrappingKey(vaultId, slot, secret);
  const both = gcmOpen(wrapping.reveal(), Buffer.from(slot.wrapped, "base64"), slotFacts(vaultId, slot));
  if (both === undefined) {
    throw new KeysteadError(
      "tokens/challenge-failed",
      "The token answered, but its answer does not open this vault: its key is another one, or the slot in vault.json was changed. Unlock with a password, or restore the header from a backup.",
      { slotId: slot.id },
    );
  }
  return splitKeys(SecretBytes.take(both));
}

/** What a slot says of its user, its token and that token's answer. */
export type SlotFacts = Omit<SlotWithToken, "wrapped" | "kdf" | "method" | "parameters"> & TokenAnswer;

function wrappingKey(vaultId: string, slot: SlotFacts, secret: SecretBytes): SecretBytes {
  const info = netstrings(["keystead/token-slot/v1", slot.id, slot.method]);
  return hkdf(secret, vaultIdBytes(vaultId), info);
}

// As with a password slot: what the slot says of itself is authenticated with the keys it wraps.
function slotFacts(vaultId: string, slot: SlotFacts): Buffer {
  return netstrings(["keystead/token-slot/v1", ...factParts(vaultId, slot)]);
}

/** The slot's facts as they are authenticated, without the label that says for what. */
export function factParts(vaultId: string, slot: SlotFacts): readonly string[] {
  const { token, libraryParameters } = slot;
  return [
    vaultId,
    slot.id,
    slot.kind,
    slot.userId,
    slot.userName,
    String(slot.createdAt),
    slot.modulePath,
    // Absent and empty are two things for a library.
    libraryParameters === undefined ? "" : `=${libraryParameters}`,
    token.manufacturer,
    token.model,
    token.serial,
    token.label,
    slot.keyId,
    slot.method,
    ...answerParts(slot),
  ];
}

function answerParts(answer: TokenAnswer): readonly string[] {
  if (answer.method === "aes-gcm") return [answer.parameters.iv, answer.parameters.ciphertext];
  if (answer.method === "ecdh-p256" || answer.method === "ecdh-p384") return [answer.parameters.publicPoint];
  return [answer.parameters.ciphertext];
}
