import { netstrings } from "#main/crypto/netstrings.ts";
import { derivePasswordKey, unwrapKey, wrapKey } from "#main/crypto/password-kdf.ts";
import { randomBytes, randomId } from "#main/crypto/random.ts";
import { SecretBytes } from "#main/crypto/secret-bytes.ts";
import type { WritableDb } from "#main/database/brands.ts";
import { isKeysteadError } from "#shared/errors/keystead-error.ts";
import type { PasswordSlot, SlotKdf } from "./slot-shapes.ts";

/** Cost of a new slot: RFC 9106's second choice (64 MiB, t=3, p=4). */
export const NEW_SLOT_COST = { memoryKiB: 65_536, passes: 3, lanes: 4 } as const;

const KEY_BYTES = 32;

/** The keys a slot gives: the vault's root, and the user's own for what only that user may open. */
export interface SlotKeys {
  readonly root: SecretBytes;
  readonly user: SecretBytes;
}

// The slot's own facts are authenticated with the keys it wraps: a slot moved to another vault or user does not open.
export function slotFacts(vaultId: string, slot: Omit<PasswordSlot, "wrapped">): Buffer {
  return netstrings([
    "keystead/slot/v1",
    vaultId,
    slot.id,
    slot.kind,
    slot.userId,
    slot.userName,
    ...kdfParts(slot.kdf),
  ]);
}

/** What Argon2id makes of a password, 32 bytes; the caller disposes it. */
export async function passwordKey(password: SecretBytes, kdf: SlotKdf): Promise<SecretBytes> {
  const { memoryKiB, passes, lanes } = kdf;
  return derivePasswordKey(password, { memoryKiB, passes, lanes, salt: Buffer.from(kdf.salt, "base64") });
}

/**
 * One text whatever keyboard wrote it: é is one character on one system and two on another (RFC 8265, OpaqueString: form C).
 * The caller disposes it.
 */
export function inOneForm(password: SecretBytes): SecretBytes {
  return SecretBytes.fromText(password.reveal().toString("utf8").normalize("NFC"));
}

/** Tries the password in its one form and then, where that is another, as it came: so older slots have it. */
export async function inEitherForm(
  password: SecretBytes,
  open: (password: SecretBytes) => Promise<SlotKeys>,
): Promise<SlotKeys> {
  using one = inOneForm(password);
  try {
    return await open(one);
  } catch (error) {
    if (one.equals(password) || !isKeysteadError(error) || error.code !== "vault/wrong-password") throw error;
    return await open(password);
  }
}

/** Today's costs and a fresh salt. */
export const newKdf = (): SlotKdf => ({
  algorithm: "argon2id",
  ...NEW_SLOT_COST,
  salt: randomBytes(16).toString("base64"),
});

/** A slot's costs as they are authenticated. */
export const kdfParts = (kdf: SlotKdf): readonly string[] => [
  kdf.algorithm,
  String(kdf.memoryKiB),
  String(kdf.passes),
  String(kdf.lanes),
  kdf.salt,
];

export interface SlotOwner {
  readonly vaultId: string;
  readonly userId: string;
  readonly userName: string;
}

/** A fresh slot with a fresh salt. The caller keeps `keys` and `password`. */
export async function makePasswordSlot(owner: SlotOwner, keys: SlotKeys, password: SecretBytes): Promise<PasswordSlot> {
  const facts = {
    id: randomId(),
    kind: "password" as const,
    userId: owner.userId,
    userName: owner.userName,
    kdf: newKdf(),
  };
  using typed = inOneForm(password);
  using wrapping = await passwordKey(typed, facts.kdf);
  using both = bothKeys(keys);
  return { ...facts, wrapped: wrapKey(wrapping, both, slotFacts(owner.vaultId, facts)).toString("base64") };
}

/** The keys behind a slot; the caller disposes them. Error: `vault/wrong-password`. */
export function openPasswordSlot(vaultId: string, slot: PasswordSlot, password: SecretBytes): Promise<SlotKeys> {
  const { wrapped, ...facts } = slot;
  return inEitherForm(password, async (typed) => {
    using wrapping = await passwordKey(typed, slot.kdf);
    return splitKeys(unwrapKey(wrapping, Buffer.from(wrapped, "base64"), slotFacts(vaultId, facts)));
  });
}

/** `root key (32) || user key (32)`, what every slot wraps. */
export function bothKeys(keys: SlotKeys): SecretBytes {
  return SecretBytes.take(Buffer.concat([keys.root.reveal(), keys.user.reveal()]));
}

/** Takes over `both`. */
export function splitKeys(both: SecretBytes): SlotKeys {
  using _both = both;
  const bytes = both.reveal();
  return {
    root: SecretBytes.copyOf(bytes.subarray(0, KEY_BYTES)),
    user: SecretBytes.copyOf(bytes.subarray(KEY_BYTES)),
  };
}

/** Slots that are on the disk as asked: one of the two must be called. */
export interface SlotChange {
  /** Belongs into the transaction of the change's trace. */
  note(tx: WritableDb): Promise<void>;
  keep(): void;
  takeBack(): void;
}
