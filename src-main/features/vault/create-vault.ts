import { SecretBytes } from "#main/crypto/secret-bytes.ts";
import type { Handler } from "#main/dispatch/handlers.ts";
import { assertPasswordStrength } from "./password-strength.ts";
import { type VaultParts, vaultResource, welcome } from "./vault-parts.ts";
import { vaultStatus } from "./vault-status.ts";

export const createVault =
  (parts: VaultParts): Handler<"vault", "create"> =>
  async (params, call) => {
    assertPasswordStrength(params.password, [params.name, params.userName]);
    using password = SecretBytes.fromText(params.password);
    const user = await parts.keeper.create({ vaultName: params.name, userName: params.userName }, password);
    const undo = () => {
      parts.sessions.end(call.caller);
      return parts.keeper.lock("closing");
    };
    try {
      const session = await welcome(parts, user, call);
      return {
        result: await vaultStatus(parts.keeper, { session }),
        resource: vaultResource(parts.keeper, params.name),
        undo,
        afterwards: () => parts.onUnlocked(),
      };
    } catch (error) {
      await undo();
      throw error;
    }
  };
