import type { SecretBytes } from "#main/crypto/secret-bytes.ts";
import type { Handler } from "#main/dispatch/handlers.ts";
import { isKeysteadError, KeysteadError } from "#shared/errors/keystead-error.ts";
import { assertPossiblePin, attemptPin } from "./pin-attempt.ts";
import { assertSettablePin, encodePin } from "./pin-policy.ts";
import { tokenAt } from "./token-identity.ts";
import type { PresentToken, TokenInUse } from "./token-in-use.ts";
import { clearPinFailures } from "./token-repository.ts";
import type { TokenService } from "./token-service.ts";
import { type TokensParts, tokenResource, viewOf } from "./tokens-parts.ts";

function assertWritable(token: TokenInUse): void {
  if (token.info.flags.includes("WRITE_PROTECTED"))
    throw new KeysteadError(
      "tokens/write-protected",
      "This token is write-protected; its PINs cannot be changed here.",
      {
        id: token.id,
      },
    );
}

/** Once the PIN is another, the answer says so, also of a token that has been pulled out since: as it was last seen. */
async function asLastSeen(service: TokenService, token: TokenInUse): Promise<PresentToken> {
  try {
    return await service.find(token.id);
  } catch (error) {
    if (!isKeysteadError(error)) throw error;
    return token;
  }
}

/** H05. Whoever was logged in is not afterwards: some tokens end the session with the old PIN, some do not. */
export const changePin =
  (parts: TokensParts): Handler<"tokens", "changePin"> =>
  (params, call) =>
    parts.service.exclusive(params.id, async (token) => {
      const { service } = parts;
      const role = params.who;
      using current = encodePin(params.currentPin);
      using next = encodePin(params.newPin);
      assertWritable(token);
      assertPossiblePin(current, token.info);
      assertSettablePin(params.newPin, token.info);
      if (current.equals(next))
        throw new KeysteadError("tokens/pin-refused", "The new PIN is the present one. Choose another.", {
          id: token.id,
        });
      const at = tokenAt(token);
      const attempt = {
        call,
        service,
        operation: "tokens.changePin",
        token,
        role,
        acceptFinalTry: params.acceptFinalTry,
      };
      await attemptPin(attempt, () => token.module.setPin(at, role, current, next));
      await service.logins.leave(token);
      const view = await viewOf(parts, call, await asLastSeen(service, token), { [role]: 0 });
      return {
        result: view,
        resource: tokenResource(view),
        change: (tx) => clearPinFailures(tx, token.id, [role]),
        // Nobody would know which PIN counts: the old one does again when the change cannot be traced.
        undo: async () => {
          using old = encodePin(params.currentPin);
          using fresh = encodePin(params.newPin);
          await token.module.setPin(at, role, fresh, old);
        },
        changed: ["tokens"],
      };
    });

/** A proof that fails does not take the new PIN back: the error is the token's own, and says first what stands. */
async function prove(service: TokenService, token: TokenInUse, next: SecretBytes): Promise<void> {
  try {
    await service.logins.logIn(token, "user", next);
  } catch (error) {
    if (!isKeysteadError(error)) throw error;
    const message = `The new user PIN of “${token.info.label}” is set, but logging in with it, to prove it, failed: ${error.message}`;
    throw new KeysteadError(error.code, message, { ...error.details, id: token.id, pinSet: true }, { cause: error });
  } finally {
    await service.logins.leave(token);
  }
}

/** H05. The security officer sets a new user PIN, whatever became of the old one (C16). Proved by one login with it. */
export const unblockPin =
  (parts: TokensParts): Handler<"tokens", "unblockPin"> =>
  (params, call) =>
    parts.service.exclusive(params.id, async (token) => {
      const { service } = parts;
      using soPin = encodePin(params.soPin);
      using next = encodePin(params.newPin);
      assertWritable(token);
      assertPossiblePin(soPin, token.info);
      assertSettablePin(params.newPin, token.info);
      const at = tokenAt(token);
      const attempt = {
        call,
        service,
        operation: "tokens.unblockPin",
        token,
        role: "so",
        acceptFinalTry: params.acceptFinalTry,
      } as const;
      try {
        await attemptPin(attempt, () => service.logins.logIn(token, "so", soPin));
        await token.module.initPin(at, next);
      } finally {
        // The security officer is never left logged in (C11).
        await service.logins.leave(token);
      }
      await prove(service, token, next);
      const view = await viewOf(parts, call, await asLastSeen(service, token), { user: 0, so: 0 });
      return {
        result: view,
        resource: tokenResource(view),
        change: (tx) => clearPinFailures(tx, token.id, ["user", "so"]),
        changed: ["tokens"],
      };
    });
