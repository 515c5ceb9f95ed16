import type { Call } from "#main/dispatch/handlers.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { assertPossiblePin, attemptPin } from "./pin-attempt.ts";
import { encodePin } from "./pin-policy.ts";
import { tokenAt } from "./token-identity.ts";
import type { TokenInUse } from "./token-in-use.ts";
import { type OnToken, wantsPinEachTime } from "./token-objects.ts";
import type { Mechanism, ObjectHandle } from "./token-port.ts";
import { clearPinFailures } from "./token-repository.ts";
import { note, type TokensParts, tokenResource } from "./tokens-parts.ts";

/** How a token is made to sign: with the login it has, or with the PIN once more. */
export type AskToSign = (
  token: TokenInUse,
  mechanism: Mechanism,
  key: ObjectHandle,
  inputs: readonly Buffer[],
) => Promise<readonly Buffer[]>;

/** The usual way: being logged in is enough. */
export const signAsLoggedIn: AskToSign = (token, mechanism, key, inputs) =>
  token.module.sign(token.slot.slotId, mechanism, key, inputs);

interface Wish {
  readonly pin?: string | undefined;
  readonly acceptFinalTry: boolean;
}

/**
 * C25: a key with CKA_ALWAYS_AUTHENTICATE gets the PIN at each use, from the person who asks for the use; it is kept nowhere, so
 * there is no way round it here. A refused one is counted like any other. Error: `tokens/pin-each-time`.
 */
export function wayToSign(
  parts: Pick<TokensParts, "service">,
  call: Call,
  operation: string,
  object: OnToken,
  wish: Wish,
): AskToSign {
  if (!wantsPinEachTime(object)) return signAsLoggedIn;
  return async (token, mechanism, key, inputs) => {
    const [input, ...more] = inputs;
    if (wish.pin === undefined || input === undefined || more.length > 0)
      throw new KeysteadError(
        "tokens/pin-each-time",
        `The key “${object.label}” wants the PIN at each use, also of somebody who is logged in. Give the PIN with one message at a time.`,
        { ref: object.view.ref, id: token.id },
      );
    using pin = encodePin(wish.pin);
    assertPossiblePin(pin, token.info);
    const attempt = { call, service: parts.service, operation, token, role: "user" as const };
    const about = {
      name: "acceptedPin",
      operation,
      resource: tokenResource({ id: token.id, label: token.info.label }),
    };
    // The key may have been found a while ago; the attempt reads the flags of this moment (C13).
    const signature = await attemptPin({ ...attempt, acceptFinalTry: wish.acceptFinalTry }, async () => {
      const made = await token.module.signWithPin(tokenAt(token), mechanism, key, input, pin);
      // Within the attempt: a wrong PIN that is next in turn must not be forgotten with those before it.
      await note(call, { ...about, status: "normal", text: "" }, (tx) => clearPinFailures(tx, token.id, ["user"]));
      return made;
    });
    return [signature];
  };
}
