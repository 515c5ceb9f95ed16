import { gcmOpen, gcmSeal } from "#main/crypto/aes-gcm.ts";
import { hkdf } from "#main/crypto/derive.ts";
import { netstrings } from "#main/crypto/netstrings.ts";
import { randomId } from "#main/crypto/random.ts";
import { SecretBytes } from "#main/crypto/secret-bytes.ts";
import { vaultIdBytes } from "#main/crypto/vault-id.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import {
  bothKeys,
  inEitherForm,
  inOneForm,
  kdfParts,
  newKdf,
  passwordKey,
  type SlotKeys,
  type SlotOwner,
  splitKeys,
} from "./key-slot.ts";
import type { SlotKdf, TokenAnswer, TwoFactorSlot } from "./slot-shapes.ts";
import { factParts, type SlotFacts, type TokenPlace } from "./token-slot.ts";

/** What opens such a slot. One without the other is of no use, not even to try the other by. */
export interface TwoFactors {
  readonly password: SecretBytes;
  /** What the token has told. */
  readonly secret: SecretBytes;
}

/** A fresh slot behind both. The caller keeps `keys` and `factors`. */
export async function makeTwoFactorSlot(
  owner: SlotOwner,
  place: TokenPlace,
  answer: TokenAnswer,
  keys: SlotKeys,
  factors: TwoFactors,
  createdAt: number,
): Promise<TwoFactorSlot> {
  const facts = {
    id: randomId(),
    kind: "token-and-password" as const,
    userId: owner.userId,
    userName: owner.userName,
    createdAt,
    ...place,
    ...answer,
  };
  return sealed(owner.vaultId, facts, keys, factors);
}

/** The same slot behind another password: a fresh salt, the token and all it is asked as before. */
export async function rewrapTwoFactorSlot(
  vaultId: string,
  slot: TwoFactorSlot,
  keys: SlotKeys,
  factors: TwoFactors,
): Promise<TwoFactorSlot> {
  const { kdf: _kdf, wrapped: _wrapped, ...facts } = slot;
  return sealed(vaultId, facts, keys, factors);
}

/**
 * The keys behind a slot; the caller disposes them. A wrong password, another token's secret and an altered slot look the same
 * here, by design of the cipher. Error: `vault/wrong-password`.
 */
export function openTwoFactorSlot(vaultId: string, slot: TwoFactorSlot, factors: TwoFactors): Promise<SlotKeys> {
  return inEitherForm(factors.password, (password) => opened(vaultId, slot, { ...factors, password }));
}

async function opened(vaultId: string, slot: TwoFactorSlot, factors: TwoFactors): Promise<SlotKeys> {
  using wrapping = await wrappingKey(vaultId, slot, slot.kdf, factors);
  const both = gcmOpen(wrapping.reveal(), Buffer.from(slot.wrapped, "base64"), slotFacts(vaultId, slot, slot.kdf));
  if (both === undefined) {
    throw new KeysteadError(
      "vault/wrong-password",
      `The token “${slot.token.label}” answered, but this password does not open the vault with it. Check the password and try again.`,
      { slotId: slot.id },
    );
  }
  return splitKeys(SecretBytes.take(both));
}

type Facts = SlotFacts & { readonly kind: TwoFactorSlot["kind"] };

async function sealed(vaultId: string, facts: Facts, keys: SlotKeys, factors: TwoFactors): Promise<TwoFactorSlot> {
  const kdf = newKdf();
  using password = inOneForm(factors.password);
  using wrapping = await wrappingKey(vaultId, facts, kdf, { ...factors, password });
  using both = bothKeys(keys);
  const wrapped = gcmSeal(wrapping.reveal(), both.reveal(), slotFacts(vaultId, facts, kdf));
  return { ...facts, kdf, wrapped: wrapped.toString("base64") };
}

/**
 * HKDF (RFC 5869) over `Argon2id(password) (32) || secret (32 or 48)`. The first part has one length only, so no pair of the two
 * can be taken for another pair; the label parts the key from that of a slot which the token opens alone.
 */
async function wrappingKey(
  vaultId: string,
  facts: Facts,
  kdf: SlotKdf,
  { password, secret }: TwoFactors,
): Promise<SecretBytes> {
  using stretched = await passwordKey(password, kdf);
  using joined = SecretBytes.take(Buffer.concat([stretched.reveal(), secret.reveal()]));
  return hkdf(joined, vaultIdBytes(vaultId), netstrings([LABEL, facts.id, facts.method]));
}

const LABEL = "keystead/token-and-password-slot/v1";

// The costs too: with others the password key would be another, and the file must not be able to choose it.
function slotFacts(vaultId: string, facts: Facts, kdf: SlotKdf): Buffer {
  return netstrings([LABEL, ...factParts(vaultId, facts), ...kdfParts(kdf)]);
}
