import { KeysteadError } from "#shared/errors/keystead-error.ts";
import type { CallName } from "./protocol.ts";
import { quoted } from "./translate.ts";

// What the calls are told that a process takes along when it ends. How a library fails without ending is `translate`'s.

/** `call`: what it was at work on when it ended. */
export const crashedError = (path: string, manner: string, call: CallName | undefined): KeysteadError =>
  new KeysteadError(
    "tokens/module-crashed",
    `The library ${path} crashed (${manner}). Nothing else is affected; the next try starts it anew, and the token asks for its PIN again.`,
    call === undefined ? {} : { call },
  );

export const hungError = (path: string, call: CallName, limit: number): KeysteadError =>
  new KeysteadError(
    "tokens/module-hung",
    `The library ${path} did not answer within ${Math.round(limit / 1000)} s (${call}), so its process was ended. Pull the token out, put it in again and retry; it asks for its PIN again.`,
    { call },
  );

export function endedOnLoadError(path: string, manner: string, lastWords: string): KeysteadError {
  const words = lastWords.trim() === "" ? "" : ` Its last words: ${quoted(lastWords)}`;
  return new KeysteadError(
    "tokens/module-unloadable",
    `The library ${path} ended its process while it was being started (${manner}).${words} It is damaged, or not made for this system.`,
  );
}

export const closedError = (path: string): KeysteadError =>
  new KeysteadError("tokens/module-crashed", `The library ${path} was stopped while it was asked. Try again.`);
