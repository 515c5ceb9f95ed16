import { SecretBytes } from "#main/crypto/secret-bytes.ts";
import type { Handler } from "#main/dispatch/handlers.ts";
import type { SecondFactor } from "#shared/models/vault.ts";
import { assertPasswordStrength } from "./password-strength.ts";
import { ownPasswordSlot, ownTwoFactorSlots, tokensOf } from "./slot-changes.ts";
import { tokenProof } from "./token-proof.ts";
import type { VaultParts } from "./vault-parts.ts";

/** H06: on takes the password's own slot away, off puts one back. A token is proved at the same moment, either way. */
export const requireSecondFactor =
  ({ keeper }: VaultParts): Handler<"vault", "requireSecondFactor"> =>
  async (params, call) => {
    const { userId, userName } = call.session;
    const { header } = call.vault;
    const hasPassword = ownPasswordSlot(header, userId) !== undefined || ownTwoFactorSlots(header, userId).length > 0;
    // Tokens alone open the vault for this user: the password is a new one.
    if (!params.on && !hasPassword) assertPasswordStrength(params.password, [userName]);
    using proof = tokenProof(params);
    using password = SecretBytes.fromText(params.password);
    const change = await keeper.waysIn.requireSecondFactor(userId, params.on, proof, password);
    const result = secondFactor(params.on, tokensOf(call.vault.header.slots, userId));
    return {
      result,
      resource: { type: "user", id: userId, name: userName },
      status: result.warnings.length > 0 ? "warning" : "normal",
      // The header is already replaced; a trace that cannot be written takes the change back.
      change: change.note,
      undo: change.takeBack,
      afterwards: change.keep,
      changed: ["vault", "tokens"],
    };
  };

function secondFactor(on: boolean, tokens: number): SecondFactor {
  const message =
    "You come into this vault by one token only: if it is lost or breaks, nobody can let you in again. Register a second one and keep it apart.";
  return { on, tokens, warnings: on && tokens < 2 ? [{ code: "only-one-token", message }] : [] };
}
