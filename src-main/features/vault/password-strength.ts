import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { type PasswordWeakness, passwordWeakness } from "#shared/password-rule.ts";

const WHY: Readonly<Record<PasswordWeakness, string>> = {
  "few-characters": "it repeats too few characters",
  "known-word": "it is hardly more than a word everybody tries first",
  "given-name": "it is hardly more than a name given beside it",
};

/** Error: `vault/weak-password`. */
export function assertPasswordStrength(password: string, names: readonly string[]): void {
  const weakness = passwordWeakness(password, names);
  if (weakness === undefined) return;
  throw new KeysteadError(
    "vault/weak-password",
    `This password is too easy to guess: ${WHY[weakness]}. Choose a longer one, best four or more random words.`,
  );
}
