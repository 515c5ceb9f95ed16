import { z } from "zod";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { hasControlCharacters } from "#shared/text-rules.ts";

/** What a file may demand of this machine: more is refused before any memory is taken (D7). */
export const KDF_BOUNDS = {
  memoryKiB: { least: 19_456, most: 1_048_576 },
  passes: { least: 1, most: 16 },
  lanes: { least: 1, most: 16 },
} as const;

export const SLOTS_MAX = 64;

/** Base64 of so many bytes, in its one canonical spelling. A shorter salt would make the derivation itself fail. */
const base64Between = (least: number, most: number) =>
  z
    .string()
    .max(Math.ceil(most / 3) * 4)
    .refine((text) => {
      const decoded = Buffer.from(text, "base64");
      return decoded.length >= least && decoded.length <= most && decoded.toString("base64") === text;
    });
export const base64 = (bytes: number) => base64Between(bytes, bytes);
export const uuid = z.string().regex(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
/** One line: it is shown to people before anything about it is proved. */
const line = (most: number) =>
  z
    .string()
    .max(most)
    .refine((text) => !hasControlCharacters(text));

const owner = { id: uuid, userId: uuid, userName: line(255).min(1) };
/** Nonce (12), root key and user key (64), tag (16). */
const wrapped = base64(92);

const kdf = z.strictObject({
  algorithm: z.literal("argon2id"),
  memoryKiB: z.int().positive(),
  passes: z.int().positive(),
  lanes: z.int().positive(),
  salt: base64(16),
});
export type SlotKdf = z.infer<typeof kdf>;

/** Wraps `root key (32) || user key (32)` under a key from the user's password. */
const passwordSlot = z.strictObject({
  id: owner.id,
  kind: z.literal("password"),
  userId: owner.userId,
  userName: owner.userName,
  kdf,
  wrapped,
});
export type PasswordSlot = z.infer<typeof passwordSlot>;

/** What a slot says of its user and of its token, in the order of the file. */
const tokenFacts = <K extends string>(kind: K) => ({
  id: owner.id,
  kind: z.literal(kind),
  userId: owner.userId,
  userName: owner.userName,
  createdAt: z.int().nonnegative(),
  /** Absolute path of the PKCS#11 library: without the database nothing else tells where the token is. */
  modulePath: line(4096).min(1),
  libraryParameters: line(1000).optional(),
  /** What is printed on the token (C29); slot numbers are no identity. */
  token: z.strictObject({ manufacturer: line(64), model: line(64), serial: line(64), label: line(64) }),
  /** CKA_ID of the key on the token, hex. */
  keyId: z.string().regex(/^(?:[0-9a-f]{2}){1,64}$/),
});

/**
 * How the token gives the slot's secret back, and what it needs for that. OAEP ciphertexts are as long as the modulus (2048
 * to 8192 bits); points are uncompressed; an AES-GCM ciphertext is the 32-byte secret and its tag.
 */
const rsaParameters = z.strictObject({ ciphertext: base64Between(256, 1024) });
const ANSWERS = {
  oaepSha256: { method: z.literal("rsa-oaep-sha256"), parameters: rsaParameters },
  oaepSha1: { method: z.literal("rsa-oaep-sha1"), parameters: rsaParameters },
  gcm: { method: z.literal("aes-gcm"), parameters: z.strictObject({ iv: base64(12), ciphertext: base64(48) }) },
  ecdhP256: { method: z.literal("ecdh-p256"), parameters: z.strictObject({ publicPoint: base64(65) }) },
  ecdhP384: { method: z.literal("ecdh-p384"), parameters: z.strictObject({ publicPoint: base64(97) }) },
} as const;

const alone = tokenFacts("token");
/** Wraps the same under a key from what the token tells. */
const tokenSlot = z.discriminatedUnion("method", [
  z.strictObject({ ...alone, ...ANSWERS.oaepSha256, wrapped }),
  z.strictObject({ ...alone, ...ANSWERS.oaepSha1, wrapped }),
  z.strictObject({ ...alone, ...ANSWERS.gcm, wrapped }),
  z.strictObject({ ...alone, ...ANSWERS.ecdhP256, wrapped }),
  z.strictObject({ ...alone, ...ANSWERS.ecdhP384, wrapped }),
]);
export type TokenSlot = z.infer<typeof tokenSlot>;
/** What the token itself has to do with a slot: which of its keys answers, and to what. */
export type TokenAnswer = TokenSlot extends infer S
  ? S extends TokenSlot
    ? Pick<S, "method" | "parameters">
    : never
  : never;

const both = tokenFacts("token-and-password");
/** Wraps the same under a key from both: the user's password, stretched as in a password's slot, and what the token tells. */
const twoFactorSlot = z.discriminatedUnion("method", [
  z.strictObject({ ...both, ...ANSWERS.oaepSha256, kdf, wrapped }),
  z.strictObject({ ...both, ...ANSWERS.oaepSha1, kdf, wrapped }),
  z.strictObject({ ...both, ...ANSWERS.gcm, kdf, wrapped }),
  z.strictObject({ ...both, ...ANSWERS.ecdhP256, kdf, wrapped }),
  z.strictObject({ ...both, ...ANSWERS.ecdhP384, kdf, wrapped }),
]);
export type TwoFactorSlot = z.infer<typeof twoFactorSlot>;

/** Slots of these kinds cannot be opened without their token. */
export type SlotWithToken = TokenSlot | TwoFactorSlot;

export const slot = z.discriminatedUnion("kind", [passwordSlot, tokenSlot, twoFactorSlot]);
export type Slot = z.infer<typeof slot>;

export const isPasswordSlot = (candidate: Slot): candidate is PasswordSlot => candidate.kind === "password";
export const isTwoFactorSlot = (candidate: Slot): candidate is TwoFactorSlot => candidate.kind === "token-and-password";
export const hasToken = (candidate: Slot): candidate is SlotWithToken => candidate.kind !== "password";

/** Error: `vault/kdf-out-of-bounds`. */
export function checkKdf({ kdf }: { readonly kdf: SlotKdf }): void {
  for (const field of ["memoryKiB", "passes", "lanes"] as const) {
    const { least, most } = KDF_BOUNDS[field];
    if (kdf[field] < least || kdf[field] > most) {
      throw new KeysteadError(
        "vault/kdf-out-of-bounds",
        `The vault's header asks for a password derivation outside what Keystead allows (${field} ${kdf[field]}, allowed ${least} to ${most}). Restore the header from a backup.`,
        { field, value: kdf[field] },
      );
    }
  }
}
