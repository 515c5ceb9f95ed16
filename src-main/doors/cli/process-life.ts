import type { OperationName } from "#shared/contract/index.ts";
import type { ErrorCode } from "#shared/errors/codes.ts";
import { type ErrorPayload, KeysteadError } from "#shared/errors/keystead-error.ts";

/** What must have been begun in this very process, by the error that says that it was not. */
const BEGUN_BY: Readonly<Partial<Record<ErrorCode, OperationName>>> = {
  "tokens/not-logged-in": "tokens.logIn",
  "tokens/series-unknown": "tokens.beginSeries",
  "tokens/ceremony-unknown": "tokens.backUpKeyToShares",
};

/** What the operation begins lives until the vault locks: a call of its own ends it before anything can use it. */
export function endsWithItsCall(operation: OperationName): boolean {
  return Object.values(BEGUN_BY).includes(operation);
}

export const ENDS_WITH_CALL =
  "What this begins ends with the call: send it and what needs it through one “keystead batch --sequential”.";

/** The error's own remedy would lead round in a circle here: names the way that does not. */
export function withWayOut(error: ErrorPayload, operation: OperationName): ErrorPayload {
  const first = BEGUN_BY[error.code];
  if (first === undefined) return error;
  const message = `${error.message} Every call ends with a lock, and with it what ${first} begins: send ${first} and ${operation} through one “keystead batch --sequential”.`;
  return new KeysteadError(error.code, message, error.details).toJSON();
}
