import { SecretBytes } from "#main/crypto/secret-bytes.ts";
import type { Handler } from "#main/dispatch/handlers.ts";
import { assertPasswordStrength } from "./password-strength.ts";
import type { VaultParts } from "./vault-parts.ts";

export const changePassword =
  ({ keeper }: VaultParts): Handler<"vault", "changePassword"> =>
  async (params, call) => {
    const { userId, userName } = call.session;
    const { acceptFinalTry } = params;
    assertPasswordStrength(params.newPassword, [userName]);
    using secrets = new DisposableStack();
    const bytes = (text: string) => secrets.use(SecretBytes.fromText(text));
    const passwords = { current: bytes(params.currentPassword), next: bytes(params.newPassword) };
    const pins = params.tokenPins.map(({ slotId, pin }) => ({ slotId, pin: bytes(pin) }));
    const change = await keeper.waysIn.changePassword(userId, passwords, { pins, acceptFinalTry });
    return {
      result: {},
      resource: { type: "user", id: userId, name: userName },
      // The header is already replaced; a trace that cannot be written takes the change back.
      change: change.note,
      undo: change.takeBack,
      afterwards: change.keep,
    };
  };
