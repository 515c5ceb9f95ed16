import type { SecretBytes } from "#main/crypto/secret-bytes.ts";
import type { Call } from "#main/dispatch/handlers.ts";
import { isKeysteadError, KeysteadError } from "#shared/errors/keystead-error.ts";
import { usableLimits } from "./pin-policy.ts";
import { assertMayLogIn, pinIncorrect } from "./pin-rules.ts";
import { cardIdOf } from "./token-identity.ts";
import type { TokenInUse } from "./token-in-use.ts";
import type { FlagNames, Role, TokenInfo } from "./token-port.ts";
import { addPinFailure, pinFailuresOf } from "./token-repository.ts";
import type { TokenService } from "./token-service.ts";
import { TokenTurns } from "./token-turns.ts";
import { note, tokenResource } from "./tokens-parts.ts";

export interface PinAttempt {
  readonly call: Call;
  readonly service: TokenService;
  /** The contract's name of what asks, for the trace. */
  readonly operation: string;
  readonly token: TokenInUse;
  readonly role: Role;
  /** Somebody has been told that the next wrong PIN may lock, and goes on. */
  readonly acceptFinalTry: boolean;
}

/** A present PIN that cannot be right costs no try. Error: `tokens/pin-length`. */
export function assertPossiblePin(pin: SecretBytes, info: TokenInfo): void {
  const { min, max } = usableLimits(info);
  if (pin.length >= min && pin.length <= max) return;
  throw new KeysteadError(
    "tokens/pin-length",
    `That cannot be a PIN of this token: its PINs are ${min} to ${max} bytes long. No try was used up; check it and type it again.`,
    { min, max },
  );
}

/** Whose turn it is to try a PIN, card by card: slots of one card may share the security officer's (C31). */
const turnsAt = new WeakMap<TokenService, Map<string, TokenTurns>>();

function turnsOf({ service, token }: PinAttempt): TokenTurns {
  const cards = turnsAt.get(service) ?? new Map<string, TokenTurns>();
  turnsAt.set(service, cards);
  const card = cardIdOf(token.watch.row.path, token.info);
  const turns = cards.get(card) ?? new TokenTurns();
  cards.set(card, turns);
  return turns;
}

/**
 * The one place where a PIN meets a token, one at a time: the next one sees what the last one did, also where the token is
 * shared (`wayToSign`). Before it, the flags of this moment decide whether it may be tried at all (C13); a refusal is counted in
 * the vault, because flags lie (C14), before anybody is answered. Nothing here tries twice.
 *
 * Errors: pin-pad, pin-not-set, pin-locked, pin-final-try, pin-incorrect, and what else the token says.
 */
export function attemptPin<T>(attempt: PinAttempt, work: () => Promise<T>): Promise<T> {
  return turnsOf(attempt).exclusive(() => attemptInTurn(attempt, work));
}

async function attemptInTurn<T>(attempt: PinAttempt, work: () => Promise<T>): Promise<T> {
  const { call, service, token, role } = attempt;
  // Whoever waited may have seen the token before somebody else's wrong PIN.
  const { label, flags } = (await service.find(token.id)).info;
  const before = (await pinFailuresOf(call.vault.read, token.id))[role];
  assertMayLogIn({ role, flags, ownFailures: before, label, acceptFinalTry: attempt.acceptFinalTry });
  try {
    return await work();
  } catch (error) {
    if (!mayHaveCounted(error)) throw error;
    await count(attempt, error);
    const ownFailures = before + 1;
    const after = await flagsNow(attempt);
    if (error.code !== "tokens/pin-incorrect")
      throw new KeysteadError(error.code, error.message, { ...error.details, role, ownFailures });
    const told = pinIncorrect(role, label, after, ownFailures);
    throw new KeysteadError(told.code, told.message, { ...error.details, ...told.details });
  }
}

function count(attempt: PinAttempt, error: KeysteadError): Promise<void> {
  const { call, token, role, operation } = attempt;
  const resource = tokenResource({ id: token.id, label: token.info.label });
  const text = JSON.stringify({ role, code: error.code });
  return note(call, { name: "refusedPin", operation, resource, status: "warning", text }, (tx) =>
    addPinFailure(tx, token.id, role, call.clock.now()),
  );
}

/** After a wrong PIN they may say that it is locked now. */
async function flagsNow({ service, token }: PinAttempt): Promise<FlagNames> {
  await token.watch.freshLook();
  return service.present().find((present) => present.id === token.id)?.info.flags ?? token.info.flags;
}

/** The functions that hand a PIN to the token, and this project's calls that end in one of them. */
const PIN_FUNCTIONS: readonly string[] = ["C_Login", "C_SetPIN", "C_InitToken"];
const PIN_CALLS: readonly string[] = ["logIn", "setPin", "initToken", "signWithPin"];

/** What a token answers before it has looked at the present PIN, or where that was right and only the new one was refused. */
const INNOCENT: readonly string[] = [
  "CKR_PIN_LEN_RANGE",
  "CKR_PIN_INVALID",
  "CKR_PIN_TOO_WEAK",
  "CKR_PIN_EXPIRED",
  "CKR_USER_PIN_NOT_INITIALIZED",
  "CKR_USER_ALREADY_LOGGED_IN",
  "CKR_USER_ANOTHER_ALREADY_LOGGED_IN",
  "CKR_USER_NOT_LOGGED_IN",
  "CKR_USER_TOO_MANY_TYPES",
  "CKR_USER_TYPE_INVALID",
  "CKR_SESSION_CLOSED",
  "CKR_SESSION_COUNT",
  "CKR_SESSION_EXISTS",
  "CKR_SESSION_HANDLE_INVALID",
  "CKR_SESSION_READ_ONLY",
  "CKR_SESSION_READ_ONLY_EXISTS",
  "CKR_SESSION_READ_WRITE_SO_EXISTS",
  "CKR_SLOT_ID_INVALID",
  "CKR_TOKEN_NOT_PRESENT",
  "CKR_TOKEN_NOT_RECOGNIZED",
  "CKR_TOKEN_WRITE_PROTECTED",
  "CKR_OPERATION_NOT_INITIALIZED",
  "CKR_CRYPTOKI_NOT_INITIALIZED",
  "CKR_FUNCTION_NOT_SUPPORTED",
];

/**
 * PIN refusals, and all that a token may say, or fail to say, of a wrong PIN (C14): general and device errors, a vendor's own, a
 * library that crashes or hangs over it. The token may have counted those too; a count that is too high is put right by the next
 * right PIN, one that is too low locks a card.
 */
export function mayHaveCounted(error: unknown): error is KeysteadError {
  if (!isKeysteadError(error)) return false;
  if (error.code === "tokens/pin-incorrect" || error.code === "tokens/pin-locked") return true;
  const { ckr, call } = error.details;
  if (error.code === "tokens/module-hung" || error.code === "tokens/module-crashed")
    return PIN_CALLS.includes(String(call));
  return PIN_FUNCTIONS.includes(String(call)) && !INNOCENT.includes(String(ckr));
}
