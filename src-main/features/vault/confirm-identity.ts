import { SecretBytes } from "#main/crypto/secret-bytes.ts";
import { freshConfirmation, NO_CONFIRMATION } from "#main/dispatch/confirmation.ts";
import type { Call, Handler, Outcome } from "#main/dispatch/handlers.ts";
import type { VaultStatus } from "#shared/models/vault.ts";
import { tokenProof } from "./token-proof.ts";
import type { VaultParts } from "./vault-parts.ts";
import { vaultStatus } from "./vault-status.ts";

export const confirm =
  (parts: VaultParts): Handler<"vault", "confirm"> =>
  async (params, call) => {
    using password = SecretBytes.fromText(params.password);
    await parts.keeper.waysIn.checkPassword(call.session.userId, password);
    return confirmed(parts, call);
  };

/** I04: by one of the user's own tokens, asked as unlocking asks it. */
export const confirmWithToken =
  (parts: VaultParts): Handler<"vault", "confirmWithToken"> =>
  async (params, call) => {
    using proof = tokenProof(params);
    await parts.keeper.waysIn.checkToken(call.session.userId, proof);
    return confirmed(parts, call);
  };

async function confirmed({ keeper }: VaultParts, call: Call): Promise<Outcome<VaultStatus>> {
  const { session, clock } = call;
  Object.assign(session, freshConfirmation(clock));
  return {
    result: await vaultStatus(keeper, call),
    resource: { type: "user", id: session.userId, name: session.userName },
    undo: () => {
      Object.assign(session, NO_CONFIRMATION);
    },
  };
}
