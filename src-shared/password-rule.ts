/*
 * What no password of a vault may be. Main refuses by this rule, and the console says the same while the password is typed.
 */

/** Fewer different characters than this in a long password means a key held down or a tiny pattern. */
const DISTINCT_MIN = 6;

const KNOWN_BAD = ["password", "passwort", "qwertyuiop", "123456789", "letmein", "iloveyou", "keystead"];

export type PasswordWeakness = "few-characters" | "known-word" | "given-name";

/**
 * What a guesser tries first; `undefined` where the rule has nothing to say. Length is checked by the contract; a dictionary
 * of millions is not shipped: Argon2id makes the remaining guesses dear.
 */
export function passwordWeakness(password: string, names: readonly string[]): PasswordWeakness | undefined {
  const lower = password.toLowerCase();
  if (new Set(lower).size < DISTINCT_MIN) return "few-characters";
  if (KNOWN_BAD.some((word) => lower.replaceAll(word, "").length < 6)) return "known-word";
  if (names.some((name) => name.length >= 4 && lower.replaceAll(name.toLowerCase(), "").length < 6))
    return "given-name";
  return undefined;
}
