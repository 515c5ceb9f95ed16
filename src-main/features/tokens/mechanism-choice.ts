import { KeysteadError } from "#shared/errors/keystead-error.ts";
import type { Mechanism, MechanismInfo } from "./token-port.ts";
import type { WrappedFormat } from "./wrapped-content.ts";

/**
 * What a token can do: what it lists, and what was tried. Trying decides, because tokens list mechanisms that do not work and
 * uses they refuse (C41); what was not tried is believed.
 */
export interface Abilities {
  readonly mechanisms: readonly Pick<MechanismInfo, "name" | "flags">[];
  /** By `probeName`. */
  readonly probed: ReadonlyMap<string, boolean>;
  /** What a throw-away key looked like, wrapped by each mechanism (C43). */
  readonly wrapped: ReadonlyMap<string, WrappedFormat>;
}

export type Use = "SIGN" | "VERIFY" | "DECRYPT" | "WRAP" | "UNWRAP" | "DERIVE" | "ENCRYPT";

export const probeName = (mechanism: string, use: Use): string => `${mechanism} ${use}`;

export function canUse(abilities: Abilities, mechanism: string, use: Use): boolean {
  const tried = abilities.probed.get(probeName(mechanism, use));
  if (tried !== undefined) return tried;
  return abilities.mechanisms.some(({ name, flags }) => name === mechanism && flags.includes(use));
}

/** Also what a token's ARGUMENTS_BAD on OAEP means (C42). */
export function hashNotSupported(): KeysteadError {
  return new KeysteadError(
    "tokens/hash-not-supported",
    "This token does OAEP only with SHA-1, not with SHA-256. Accept SHA-1 for this once, or use another token.",
    { hash: "sha256", offered: "sha1" },
  );
}

export interface WrapPlan {
  readonly mechanism: Mechanism;
  /** As seen on this token; `undefined`: to be found out by content before anybody relies on it (C43). */
  readonly format: WrappedFormat | undefined;
}

/** In the order of trust: the standard's RFC 5649, what older modules call so, then RFC 3394 for secret keys. */
export const WRAPS = ["CKM_AES_KEY_WRAP_KWP", "CKM_AES_KEY_WRAP_PAD", "CKM_AES_KEY_WRAP"] as const;

/** A secret key's value has a multiple of 8 bytes; a private key's PKCS #8 has any length and needs padding. Error `mechanism-missing`. */
export function chooseWrap(abilities: Abilities, content: "secret" | "private"): WrapPlan {
  const usable = WRAPS.filter((name) => content === "secret" || name !== "CKM_AES_KEY_WRAP");
  const name = usable.find((candidate) => canUse(abilities, candidate, "WRAP"));
  if (name === undefined) throw missing(`wrap a ${content} key with AES`, usable);
  return { mechanism: { name }, format: formatOf(abilities, name) };
}

/** By what was seen (C43): the mechanism of this token that makes, or reads, this format. Error `mechanism-missing`. */
export function mechanismFor(abilities: Abilities, format: WrappedFormat, use: "WRAP" | "UNWRAP"): Mechanism {
  const name = WRAPS.find((each) => abilities.wrapped.get(each) === format && canUse(abilities, each, use));
  if (name !== undefined) return { name };
  throw new KeysteadError(
    "tokens/mechanism-missing",
    `This token has no working key wrap in the format ${format}. Use a token of the kind the backup was made on, or one with CKM_AES_KEY_WRAP_KWP.`,
    { format },
  );
}

/** Two numbers mean one format each by their standard; 0x210A does not (C43), so it has only what was seen. */
function formatOf(abilities: Abilities, name: string): WrappedFormat | undefined {
  const seen = abilities.wrapped.get(name);
  if (seen !== undefined || name === "CKM_AES_KEY_WRAP_PAD") return seen;
  return name === "CKM_AES_KEY_WRAP" ? "rfc3394" : "rfc5649";
}

export function missing(what: string, mechanisms: readonly string[]): KeysteadError {
  return new KeysteadError(
    "tokens/mechanism-missing",
    `This token cannot ${what}: it has no working ${mechanisms.join(" or ")}. Use another kind of key or another token.`,
    { mechanisms },
  );
}
