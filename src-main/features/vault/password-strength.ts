import { KeysteadError } from "#shared/errors/keystead-error.ts";

/** Fewer different characters than this in a long password means a key held down or a tiny pattern. */
const DISTINCT_MIN = 6;

const KNOWN_BAD = ["password", "passwort", "qwertyuiop", "123456789", "letmein", "iloveyou", "keystead"];

/**
 * Refuses what a guesser tries first. Length is checked by the contract; a dictionary of millions is not shipped: Argon2id
 * makes the remaining guesses dear. Error: `vault/weak-password`.
 */
export function assertPasswordStrength(password: string, names: readonly string[]): void {
  const lower = password.toLowerCase();
  if (new Set(lower).size < DISTINCT_MIN) refuse("it repeats too few characters");
  if (KNOWN_BAD.some((word) => lower.replaceAll(word, "").length < 6))
    refuse("it is hardly more than a word everybody tries first");
  if (names.some((name) => name.length >= 4 && lower.replaceAll(name.toLowerCase(), "").length < 6))
    refuse("it is hardly more than a name given beside it");
}

function refuse(why: string): never {
  throw new KeysteadError(
    "vault/weak-password",
    `This password is too easy to guess: ${why}. Choose a longer one, best four or more random words.`,
  );
}
