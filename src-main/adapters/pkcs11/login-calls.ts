import pkcs11js, { type Handle } from "pkcs11js";
import type { Role, TokenAt } from "#main/features/tokens/token-port.ts";
import type { LoadedModule } from "./loaded-module.ts";
import { assertMeant } from "./meant-token.ts";
import { ask, hasCkr, isGone, ModuleFailure } from "./module-failure.ts";
import { paddedLabel, slotBuffer } from "./native-values.ts";
import type { PinBytes } from "./protocol.ts";

const USER_TYPE: Readonly<Record<Role, number>> = { so: pkcs11js.CKU_SO, user: pkcs11js.CKU_USER };

/** CK_STATE: CKS_RO_USER_FUNCTIONS 1, CKS_RW_USER_FUNCTIONS 3, CKS_RW_SO_FUNCTIONS 4. */
const ROLE_OF_STATE: Readonly<Record<number, Role>> = { 1: "user", 3: "user", 4: "so" };

/**
 * The PIN as pkcs11js needs it. A string cannot be wiped: it lives in this process only, until the collector takes it or the
 * process ends (C26). The bytes are wiped at once.
 */
export function pinText(pin: PinBytes): string {
  const bytes = Buffer.from(pin.buffer, pin.byteOffset, pin.byteLength);
  const text = bytes.toString("utf8");
  bytes.fill(0);
  return text;
}

/** C10: what the module says, not what we remember. */
function roleIn(loaded: LoadedModule, session: Handle): Role | undefined {
  return ROLE_OF_STATE[ask("C_GetSessionInfo", () => loaded.module.C_GetSessionInfo(session)).state];
}

const logOutOf = (loaded: LoadedModule, session: Handle): void =>
  ask("C_Logout", () => loaded.module.C_Logout(session));

/**
 * Nobody is logged in afterwards, or it throws. Where C_Logout fails, closing the last session ends the login too (C10), and
 * the module is asked whether it did: a login that stays would make any PIN right.
 */
function endLogin(loaded: LoadedModule, slotId: string): void {
  const { sessions } = loaded;
  try {
    sessions.within(slotId, (session) => logOutOf(loaded, session));
  } catch (error) {
    // A token that has gone took the login along.
    if (!(error instanceof ModuleFailure) || isGone(error)) throw error;
    if (hasCkr(error, "CKR_USER_NOT_LOGGED_IN") && loggedIn(loaded, slotId) === undefined) return;
    sessions.closeAll(slotId);
    if (sessions.within(slotId, (session) => roleIn(loaded, session)) !== undefined) throw error;
  }
}

function endLoginQuietly(loaded: LoadedModule, slotId: string): void {
  try {
    endLogin(loaded, slotId);
  } catch (error) {
    // Whether somebody is still in is asked anew before it matters.
    if (!(error instanceof ModuleFailure)) throw error;
  }
}

export function logIn(loaded: LoadedModule, at: TokenAt, role: Role, pin: PinBytes): void {
  const text = pinText(pin);
  const { slotId } = at;
  // Whoever is in, in whichever role: only a login from nothing tells a right PIN from a wrong one.
  if (loaded.sessions.withinFresh(slotId, (session) => roleIn(loaded, session))) endLogin(loaded, slotId);
  enter(loaded, at, role, text);
}

function enter(loaded: LoadedModule, at: TokenAt, role: Role, pin: string): void {
  const attempt = (): void =>
    loaded.sessions.within(at.slotId, (session) => {
      assertMeant(loaded, at);
      ask("C_Login", () => loaded.module.C_Login(session, USER_TYPE[role], pin));
    });
  try {
    attempt();
  } catch (error) {
    // C11: somebody is in of whom the session did not tell. NSS says ALREADY for the other role too.
    if (!hasCkr(error, "CKR_USER_ALREADY_LOGGED_IN", "CKR_USER_ANOTHER_ALREADY_LOGGED_IN")) throw error;
    endLogin(loaded, at.slotId);
    // Not a second try of a PIN: the first one was never looked at. ALREADY once more is a refusal.
    attempt();
  }
}

export function logOut(loaded: LoadedModule, slotId: string): void {
  if (loaded.sessions.has(slotId)) endLogin(loaded, slotId);
}

export function loggedIn(loaded: LoadedModule, slotId: string): Role | undefined {
  // A login lives in this process's sessions (C10): where none is open, nobody is in.
  if (!loaded.sessions.has(slotId)) return undefined;
  return loaded.sessions.withinFresh(slotId, (session) => roleIn(loaded, session));
}

export function initToken(loaded: LoadedModule, at: TokenAt, soPin: PinBytes, label: string): void {
  const text = pinText(soPin);
  const { slotId } = at;
  assertMeant(loaded, at);
  // Also a session that the token needed to tell about itself (C18, C30).
  loaded.sessions.closeAll(slotId);
  ask("C_InitToken", () => loaded.module.C_InitToken(slotBuffer(slotId), text, paddedLabel(label)));
}

export function initPin(loaded: LoadedModule, at: TokenAt, newPin: PinBytes): void {
  const text = pinText(newPin);
  loaded.sessions.within(at.slotId, (session) => {
    assertMeant(loaded, at);
    ask("C_InitPIN", () => loaded.module.C_InitPIN(session, text));
  });
}

/** C_SetPIN changes the PIN of whoever is logged in, and the user's when nobody is. The token looks at the present PIN itself. */
export function setPin(loaded: LoadedModule, at: TokenAt, role: Role, current: PinBytes, next: PinBytes): void {
  const { slotId } = at;
  const currentText = pinText(current);
  const nextText = pinText(next);
  const { sessions, module } = loaded;
  const change = (): void =>
    sessions.within(slotId, (session) => {
      assertMeant(loaded, at);
      ask("C_SetPIN", () => module.C_SetPIN(session, currentText, nextText));
    });
  const before = sessions.within(slotId, (session) => roleIn(loaded, session));
  if (before && before !== role) endLogin(loaded, slotId);
  if (before === role || role === "user") {
    try {
      change();
      return;
    } catch (error) {
      // Some modules let only a logged-in user change the PIN.
      if (before === role || !hasCkr(error, "CKR_USER_NOT_LOGGED_IN", "CKR_SESSION_READ_ONLY")) throw error;
    }
  }
  enter(loaded, at, role, currentText);
  try {
    change();
  } finally {
    // A login that was only for this does not stay. Where it cannot be ended, the PIN is changed none the less.
    endLoginQuietly(loaded, slotId);
  }
}
