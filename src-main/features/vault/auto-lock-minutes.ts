import { KeysteadError } from "#shared/errors/keystead-error.ts";
import type { VaultSettings } from "#shared/models/vault.ts";

type Minutes = Pick<VaultSettings, "autoLockMinutes" | "autoLockMinutesInBrowser">;

/** For a new vault, and for one that was made before there was a time of its own for the browser. */
export const DEFAULT_MINUTES: Minutes = { autoLockMinutes: 10, autoLockMinutesInBrowser: 5 };

/** The idle time for whoever holds the vault: a browser is the weaker door and gets the shorter one (runtime.md 7.13). */
export function minutesFor(door: string, minutes: Minutes): number {
  return door === "browser" ? bounded(minutes).autoLockMinutesInBrowser : minutes.autoLockMinutes;
}

/** The browser's time never outlasts the window's, whatever is stored. */
export function bounded<T extends Minutes>(minutes: T): T {
  return { ...minutes, autoLockMinutesInBrowser: Math.min(minutes.autoLockMinutesInBrowser, minutes.autoLockMinutes) };
}

/**
 * The settings after a change. A shorter time in the window takes the browser's along; asking for a longer one in the browser
 * than in the window is a mistake that is told. Error: `request/invalid-params`.
 */
export function changedMinutes<T extends Minutes>(before: T, given: Partial<T>): T {
  const after = { ...before, ...given };
  if (given.autoLockMinutesInBrowser !== undefined && after.autoLockMinutesInBrowser > after.autoLockMinutes)
    throw new KeysteadError(
      "request/invalid-params",
      `In a browser the vault cannot stay open longer than in the window (${after.autoLockMinutes} minutes).`,
      { field: "autoLockMinutesInBrowser" },
    );
  return bounded(after);
}
