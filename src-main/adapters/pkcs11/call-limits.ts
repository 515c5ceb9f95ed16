import type { CallName } from "./protocol.ts";

/** How long a call may take before its process is taken for hung, in milliseconds (C4). */
export interface CallLimits {
  /** Loading and initialising; slow readers take seconds. */
  readonly start: number;
  /** Listings and anything else that answers at once with a healthy token. */
  readonly short: number;
  /**
   * Listing slots again in a process that has done it before. Short, as it is how a removal is noticed, and as OpenSC 0.23 locks
   * itself out for ever when a card is pulled out in mid-command (OpenSC#2707).
   */
  readonly relist: number;
  /** Logins, PIN changes, initialising: a card's work on a PIN, or a person's at a PIN pad. */
  readonly login: number;
  /** Reading and writing objects; a thousand of them on a slow card. */
  readonly objects: number;
  /** Using a key; messages signed along add a tenth each. */
  readonly use: number;
  /** RSA-4096 on a smart card takes minutes. */
  readonly generate: number;
  /** A last chance to log out and finalise before the process is ended. */
  readonly end: number;
}

export const CALL_LIMITS: CallLimits = {
  start: 20_000,
  short: 20_000,
  relist: 6_000,
  login: 120_000,
  objects: 60_000,
  use: 30_000,
  generate: 300_000,
  end: 1_500,
};

const KINDS: Readonly<Record<CallName, keyof CallLimits>> = {
  start: "start",
  end: "end",
  slots: "short",
  mechanisms: "short",
  loggedIn: "short",
  logOut: "short",
  random: "short",
  logIn: "login",
  initToken: "login",
  initPin: "login",
  setPin: "login",
  signWithPin: "login",
  find: "objects",
  read: "objects",
  createObject: "objects",
  setAttributes: "objects",
  destroyObject: "objects",
  sign: "use",
  verify: "use",
  encrypt: "use",
  decrypt: "use",
  wrapKey: "use",
  unwrapKey: "use",
  deriveKey: "use",
  measure: "use",
  generateKey: "generate",
  generateKeyPair: "generate",
};

export const limitOf = (call: CallName, limits: CallLimits): number => limits[KINDS[call]];
