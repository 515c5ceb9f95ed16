import type { ErrorCode } from "#shared/errors/codes.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { MEANINGS, type Meaning, REMOVED_MEANING } from "./ckr-meanings.ts";
import type { CallName, Failure } from "./protocol.ts";

/** What a call was about, as far as the meaning of its failure depends on it. */
export interface Circumstances {
  readonly call: CallName;
  /** The hash of an OAEP parameter in the call. */
  readonly oaepHash?: string | undefined;
}

/** Foreign text in a message: one line, short, without control characters. */
export function quoted(text: string, limit = 300): string {
  const line = text.replace(/[\p{C}\p{Z}]+/gu, " ").trim();
  return line.length > limit ? `“${line.slice(0, limit)}…”` : `“${line}”`;
}

/** The one place where a token process's failures become errors for people. */
export function translate(failure: Failure, now: Circumstances): Error {
  switch (failure.nature) {
    case "ckr":
      return now.call === "start" ? refusedToStart(failure) : returned(failure, now);
    case "load":
      return new KeysteadError(
        "tokens/module-unloadable",
        `The library cannot be loaded. The system says: ${quoted(failure.text)} A library it depends on may be missing, or it is for another system.`,
      );
    case "not-pkcs11":
      return new KeysteadError(
        "tokens/module-not-pkcs11",
        "This library is not a PKCS#11 module: it has no C_GetFunctionList. Choose the module of your token's maker.",
      );
    case "stale-handle":
      return new KeysteadError(
        "tokens/object-not-found",
        "The token was pulled out, or its library started anew, since its objects were listed. List them again.",
      );
    case "swapped":
      return new KeysteadError(
        "tokens/removed",
        "Another token is in now than the one this was meant for, so nothing was sent to it. Insert the right one, or list the tokens again and choose.",
        { swapped: true },
      );
    case "endless":
      return new KeysteadError(
        "tokens/failed",
        "The library never stops listing objects. It is faulty; ask its maker for a newer one.",
        { call: failure.call },
      );
    case "bug":
      return new TypeError(`token process: ${failure.text}`);
  }
}

type Returned = Extract<Failure, { nature: "ckr" }>;

function refusedToStart({ ckr, call }: Returned): KeysteadError {
  return new KeysteadError(
    "tokens/module-unloadable",
    `The library was loaded and then refused to start (${call}: ${ckr}). Check its configuration and that the service it needs runs, such as pcscd.`,
    { ckr, call },
  );
}

function returned(failure: Returned, now: Circumstances): KeysteadError {
  const { ckr, call } = failure;
  const { code, sentence } = meaning(failure, now);
  return new KeysteadError(code, sentence, { ckr, call });
}

function meaning(failure: Returned, now: Circumstances): Meaning {
  if (failure.lost) return REMOVED_MEANING;
  const special = inLogin(failure) ?? inOaep(failure, now);
  if (special) return special;
  return MEANINGS[failure.ckr] ?? unknown(failure);
}

const SETS_A_PIN: readonly string[] = ["C_InitPIN", "C_SetPIN", "C_InitToken"];
/** Where a module that does not know better hides a wrong PIN (C14), as it may in a code of its maker's own. */
const VAGUE: readonly string[] = ["CKR_GENERAL_ERROR", "CKR_FUNCTION_FAILED", "CKR_DEVICE_ERROR", "CKR_ARGUMENTS_BAD"];

function inLogin({ ckr, call }: Returned): Meaning | undefined {
  if (call === "C_Login" && ckr === "CKR_PIN_INVALID") return MEANINGS.CKR_PIN_INCORRECT;
  // OpenSC's answer to a PIN for one use (C25) where nobody is logged in.
  if (call === "C_Login" && ckr === "CKR_OPERATION_NOT_INITIALIZED") return MEANINGS.CKR_USER_NOT_LOGGED_IN;
  if (call === "C_InitToken" && ckr === "CKR_PIN_INCORRECT") {
    const sentence =
      "The SO PIN is wrong: an initialised token keeps the one it has. Each wrong one brings it nearer to locking for good.";
    return { code: "tokens/pin-incorrect", sentence };
  }
  if ((call === "C_Login" || SETS_A_PIN.includes(call)) && (VAGUE.includes(ckr) || ckr.startsWith("0x"))) {
    const sentence = `The token refused without saying why (${call}: ${ckr}). With some tokens that means a wrong PIN: do not try it again before you are sure of it.`;
    return { code: "tokens/failed", sentence };
  }
  return undefined;
}

/** C42: SoftHSM knows SHA-1 only and says ARGUMENTS_BAD; others say PARAM_INVALID. */
function inOaep({ ckr }: Returned, { oaepHash }: Circumstances): Meaning | undefined {
  if (oaepHash === undefined || oaepHash === "sha1") return undefined;
  if (ckr !== "CKR_ARGUMENTS_BAD" && ckr !== "CKR_MECHANISM_PARAM_INVALID") return undefined;
  return {
    code: "tokens/hash-not-supported",
    sentence: `The token cannot do RSA-OAEP with ${oaepHash.toUpperCase()}. Older tokens know only SHA-1 there.`,
  };
}

function unknown({ ckr, call }: Returned): Meaning {
  const code: ErrorCode = "tokens/failed";
  const vendor = ckr.startsWith("0x") ? ", a code of its maker's own" : "";
  return {
    code,
    sentence: `The token refused (${call}: ${ckr}${vendor}). Try again; if it stays so, its maker's documents explain the code.`,
  };
}
