import { KeysteadError } from "#shared/errors/keystead-error.ts";
import type { PinState } from "#shared/models/token.ts";
import type { FlagNames, Role } from "./token-port.ts";

/** Wrong PINs in a row, as we have seen them, after which the next one may be the last: the usual token locks at three. */
const CAREFUL_AFTER = 2;

/**
 * What is known of a PIN. Flags lie (C14): some tokens never set them, some always do, so our own count of failures makes
 * the picture darker, never brighter. There is no number of tries left (C15): no token tells it.
 */
export function pinStateOf(role: Role, flags: FlagNames, ownFailures = 0): PinState {
  const prefix = role === "user" ? "USER_PIN" : "SO_PIN";
  const has = (flag: string) => flags.includes(`${prefix}_${flag}`);
  if (has("LOCKED")) return "locked";
  if (!flags.includes(role === "user" ? "USER_PIN_INITIALIZED" : "TOKEN_INITIALIZED")) return "not-set";
  if (has("FINAL_TRY") || ownFailures >= CAREFUL_AFTER) return "final-try";
  if (has("COUNT_LOW") || ownFailures > 0) return "low";
  return has("TO_BE_CHANGED") ? "to-be-changed" : "ok";
}

export interface LoginAsked {
  readonly role: Role;
  /** Just read (C13). */
  readonly flags: FlagNames;
  /** Wrong PINs in a row as this vault has counted them (C14). */
  readonly ownFailures: number;
  /** Names the token in sentences. */
  readonly label: string;
  /** Somebody has been told that the next wrong PIN may lock, and goes on. */
  readonly acceptFinalTry: boolean;
  /** The PIN-pad flag is known to be wrong for this token (C24). */
  readonly ignorePinPad?: boolean;
}

/** Asked before each log-in. Errors: pin-pad, pin-locked, pin-not-set, and pin-final-try until the person accepts the risk. */
export function assertMayLogIn(asked: LoginAsked): void {
  const { role, flags, ownFailures, label } = asked;
  if (flags.includes("PROTECTED_AUTHENTICATION_PATH") && asked.ignorePinPad !== true) {
    throw new KeysteadError(
      "tokens/pin-pad",
      `The PIN of “${label}” is typed on the reader itself, which Keystead cannot ask for yet. Use a reader without a PIN pad.`,
    );
  }
  const state = pinStateOf(role, flags, ownFailures);
  const details = { role, state, ownFailures };
  if (state === "locked") throw new KeysteadError("tokens/pin-locked", LOCKED[role](label), details);
  if (state === "not-set") throw new KeysteadError("tokens/pin-not-set", NOT_SET[role](label), details);
  if (state === "final-try" && !asked.acceptFinalTry) {
    throw new KeysteadError("tokens/pin-final-try", FINAL_TRY[role](label), details);
  }
}

/** After a wrong PIN; flags as read after it, `ownFailures` with it counted. Nothing sends that PIN again (C14). */
export function pinIncorrect(role: Role, label: string, flags: FlagNames, ownFailures: number): KeysteadError {
  const state = pinStateOf(role, flags, ownFailures);
  const details = { role, state, ownFailures };
  if (state === "locked") return new KeysteadError("tokens/pin-locked", LOCKED[role](label), details);
  const advice =
    state === "final-try"
      ? "Another wrong one may lock it, so be sure before you try again."
      : "Check it and try again; most tokens lock it after a few wrong ones.";
  const message = `That is not the ${WHOSE[role]} of “${label}”. ${advice}`;
  return new KeysteadError("tokens/pin-incorrect", message, details);
}

const WHOSE: Readonly<Record<Role, string>> = { user: "user PIN", so: "security officer's PIN" };

type Sentence = Readonly<Record<Role, (label: string) => string>>;

/** C16: what a lock means depends on whose PIN it is. */
const LOCKED: Sentence = {
  user: (label) =>
    `The user PIN of “${label}” is locked. The security officer can set a new one; a card with a PUK is unblocked by its vendor's tool.`,
  so: (label) =>
    `The security officer's PIN of “${label}” is locked for good. What is on the token stays usable while the user PIN is known, and no longer.`,
};

const NOT_SET: Sentence = {
  user: (label) => `“${label}” has no user PIN yet. Let the security officer set it.`,
  so: (label) => `“${label}” is not initialised, so it has no security officer's PIN yet. Initialise it first.`,
};

const FINAL_TRY: Sentence = {
  user: (label) =>
    `A wrong PIN may now lock “${label}” until the security officer sets a new one. Confirm that you are sure of the PIN.`,
  so: (label) =>
    `A wrong PIN may now lock the security officer of “${label}” out for good, and nobody could unblock the token any more. Confirm that you are sure of the PIN.`,
};
