import type { ErrorCode } from "#shared/errors/codes.ts";

/** What a return value means to the person in front of the token: one table for every call. */
export interface Meaning {
  readonly code: ErrorCode;
  readonly sentence: string;
}

const means = (code: ErrorCode, sentence: string): Meaning => ({ code, sentence });

const REMOVED = means(
  "tokens/removed",
  "The token was pulled out. Put it in again and log in; what was under way did not finish.",
);
const FULL = means("tokens/full", "The token is full. Delete something on it, or take another token.");
const ELSEWHERE = means(
  "tokens/session-elsewhere",
  "Something else holds the token: another program or another login. Close it there, then try again.",
);
const NOT_LOGGED_IN = means("tokens/not-logged-in", "Nobody is logged in to the token. Enter its PIN first.");
const NO_SUCH_OBJECT = means(
  "tokens/object-not-found",
  "The token does not have this object any more. List its objects again.",
);
const CANNOT = means("tokens/mechanism-missing", "The token cannot do this. The module doctor shows what it can.");
const NOT_THIS_SIZE = means(
  "tokens/mechanism-missing",
  "The token cannot do this with a key of this size or curve. The module doctor shows which it takes.",
);
const NOT_PERMITTED = means(
  "tokens/not-permitted",
  "The token does not permit this with these properties. Look at the object's attributes, or make a new key.",
);
const WRITE_PROTECTED = means("tokens/write-protected", "The token can only be read. Nothing on it was changed.");
const STAYS = means(
  "tokens/key-stays",
  "This key can never leave its token: it was made that way. It cannot be backed up; make a new key for that.",
);

export const MEANINGS: Readonly<Record<string, Meaning>> = {
  CKR_PIN_INCORRECT: means(
    "tokens/pin-incorrect",
    "The PIN is wrong. Each wrong PIN brings the token nearer to locking itself.",
  ),
  CKR_PIN_LOCKED: means(
    "tokens/pin-locked",
    "The PIN is locked after too many wrong tries. The security officer's PIN can set a new one; a locked SO PIN cannot be undone.",
  ),
  CKR_PIN_LEN_RANGE: means("tokens/pin-length", "The PIN is shorter or longer than the token allows."),
  CKR_PIN_INVALID: means(
    "tokens/pin-refused",
    "The token does not take this PIN: it holds characters it does not allow.",
  ),
  CKR_PIN_TOO_WEAK: means("tokens/pin-refused", "The token finds this PIN too easy. Choose another."),
  CKR_PIN_EXPIRED: means("tokens/pin-refused", "The PIN has expired. Change it before anything else."),
  CKR_USER_PIN_NOT_INITIALIZED: means(
    "tokens/pin-not-set",
    "The token has no user PIN yet. The security officer has to set it first.",
  ),
  CKR_USER_NOT_LOGGED_IN: NOT_LOGGED_IN,
  CKR_USER_ALREADY_LOGGED_IN: ELSEWHERE,
  CKR_USER_ANOTHER_ALREADY_LOGGED_IN: ELSEWHERE,
  CKR_USER_TOO_MANY_TYPES: ELSEWHERE,
  CKR_SESSION_EXISTS: ELSEWHERE,
  CKR_SESSION_READ_ONLY_EXISTS: ELSEWHERE,
  CKR_SESSION_READ_WRITE_SO_EXISTS: ELSEWHERE,
  CKR_SESSION_COUNT: ELSEWHERE,
  CKR_TOKEN_NOT_PRESENT: means("tokens/not-present", "There is no token in this slot. Put it in."),
  CKR_SLOT_ID_INVALID: means("tokens/not-present", "The slot is not there any more. Put the token in again."),
  CKR_DEVICE_REMOVED: REMOVED,
  CKR_SESSION_HANDLE_INVALID: REMOVED,
  CKR_SESSION_CLOSED: REMOVED,
  CKR_TOKEN_NOT_RECOGNIZED: means(
    "tokens/not-initialized",
    "The token is blank and has to be initialised first. If it is not blank, this library does not know its make: try its maker's.",
  ),
  CKR_DEVICE_ERROR: means("tokens/device-failed", "The token or its reader failed. Pull it out and put it in again."),
  CKR_FIPS_SELF_TEST_FAILED: means(
    "tokens/device-failed",
    "The token failed its own self-test. Pull it out and put it in again; if that does not help it is broken.",
  ),
  CKR_DEVICE_MEMORY: FULL,
  CKR_TOKEN_RESOURCE_EXCEEDED: FULL,
  CKR_TOKEN_WRITE_PROTECTED: WRITE_PROTECTED,
  CKR_SESSION_READ_ONLY: WRITE_PROTECTED,
  CKR_MECHANISM_INVALID: CANNOT,
  CKR_FUNCTION_NOT_SUPPORTED: CANNOT,
  CKR_MECHANISM_PARAM_INVALID: CANNOT,
  CKR_KEY_SIZE_RANGE: NOT_THIS_SIZE,
  CKR_CURVE_NOT_SUPPORTED: NOT_THIS_SIZE,
  CKR_DOMAIN_PARAMS_INVALID: NOT_THIS_SIZE,
  CKR_OBJECT_HANDLE_INVALID: NO_SUCH_OBJECT,
  CKR_KEY_HANDLE_INVALID: NO_SUCH_OBJECT,
  CKR_WRAPPING_KEY_HANDLE_INVALID: NO_SUCH_OBJECT,
  CKR_UNWRAPPING_KEY_HANDLE_INVALID: NO_SUCH_OBJECT,
  CKR_KEY_UNEXTRACTABLE: STAYS,
  CKR_KEY_NOT_WRAPPABLE: STAYS,
  CKR_ATTRIBUTE_SENSITIVE: STAYS,
  CKR_ATTRIBUTE_READ_ONLY: NOT_PERMITTED,
  CKR_ATTRIBUTE_TYPE_INVALID: NOT_PERMITTED,
  CKR_ATTRIBUTE_VALUE_INVALID: NOT_PERMITTED,
  CKR_TEMPLATE_INCOMPLETE: NOT_PERMITTED,
  CKR_TEMPLATE_INCONSISTENT: NOT_PERMITTED,
  CKR_KEY_FUNCTION_NOT_PERMITTED: NOT_PERMITTED,
  CKR_KEY_TYPE_INCONSISTENT: NOT_PERMITTED,
  CKR_ACTION_PROHIBITED: NOT_PERMITTED,
};

export const REMOVED_MEANING = REMOVED;
