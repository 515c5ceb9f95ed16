import { LIMITS } from "#shared/limits.ts";
import { passwordWeakness } from "#shared/password-rule.ts";

export type Strength = "empty" | "short" | "refused" | "weak" | "fair" | "good";

/**
 * An honest hint: length and variety only. It cannot know whether a password was used elsewhere or stands in a list, and the
 * texts say so. "refused" is what the vault's own rule will not take; "weak" is taken, and yet made mostly of a run.
 */
export function passwordStrength(password: string, names: readonly string[] = []): Strength {
  if (password === "") return "empty";
  const characters = [...password];
  if (characters.length < LIMITS.passwordMin) return "short";
  if (passwordWeakness(password, names) !== undefined) return "refused";
  if (runs(characters) > characters.length / 2) return "weak";
  return characters.length >= 20 ? "good" : "fair";
}

/** How many characters follow the one before by +1, -1 or 0, as in "aaaa", "1234", "fedc". */
function runs(characters: readonly string[]): number {
  let count = 0;
  for (let index = 1; index < characters.length; index += 1) {
    const step = (characters[index]?.codePointAt(0) ?? 0) - (characters[index - 1]?.codePointAt(0) ?? 0);
    if (Math.abs(step) <= 1) count += 1;
  }
  return count;
}

/** Part of the bar that is filled, in percent. */
export const STRENGTH_BAR: Readonly<Record<Strength, number>> = {
  empty: 0,
  short: 20,
  refused: 20,
  weak: 40,
  fair: 70,
  good: 100,
};
