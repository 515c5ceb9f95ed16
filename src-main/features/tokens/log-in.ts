import type { Handler } from "#main/dispatch/handlers.ts";
import { assertPossiblePin, attemptPin } from "./pin-attempt.ts";
import { encodePin } from "./pin-policy.ts";
import { clearPinFailures, touchInstance } from "./token-repository.ts";
import { type TokensParts, tokenResource, viewOf } from "./tokens-parts.ts";

export const logIn =
  (parts: TokensParts): Handler<"tokens", "logIn"> =>
  (params, call) =>
    parts.service.exclusive(params.id, async (token) => {
      const { service } = parts;
      using pin = encodePin(params.pin);
      assertPossiblePin(pin, token.info);
      const { acceptFinalTry } = params;
      await attemptPin({ call, service, operation: "tokens.logIn", token, role: "user", acceptFinalTry }, () =>
        service.logins.logIn(token, "user", pin),
      );
      const now = call.clock.now();
      const view = await viewOf(parts, call, await service.find(params.id), { user: 0 });
      return {
        result: view,
        resource: tokenResource(view),
        change: async (tx) => {
          await clearPinFailures(tx, token.id, ["user"]);
          await touchInstance(tx, token.id, { lastSeenAt: now });
        },
        // A login nobody can prove afterwards must not stand.
        undo: () => parts.service.logins.logOut(token),
        changed: ["tokens"],
      };
    });

export const logOut =
  (parts: TokensParts): Handler<"tokens", "logOut"> =>
  (params, call) =>
    parts.service.exclusive(params.id, async (token) => {
      await parts.service.logins.logOut(token);
      const view = await viewOf(parts, call, token);
      return { result: view, resource: tokenResource(view), changed: ["tokens"] };
    });
