import { SecretBytes } from "#main/crypto/secret-bytes.ts";
import type { Handler, Outcome, PublicCall } from "#main/dispatch/handlers.ts";
import type { VaultStatus } from "#shared/models/vault.ts";
import type { Entry } from "./keeper-parts.ts";
import { tokenProof } from "./token-proof.ts";
import { type VaultParts, vaultResource, welcome } from "./vault-parts.ts";
import { vaultStatus } from "./vault-status.ts";

export const unlockVault =
  (parts: VaultParts): Handler<"vault", "unlock"> =>
  async (params, call) => {
    using password = SecretBytes.fromText(params.password);
    return await letIn(parts, call, () => parts.keeper.unlock(params.userName, password));
  };

export const unlockWithToken =
  (parts: VaultParts): Handler<"vault", "unlockWithToken"> =>
  async (params, call) => {
    using proof = tokenProof(params);
    return await letIn(parts, call, () => parts.keeper.unlockWithToken(proof));
  };

async function letIn(parts: VaultParts, call: PublicCall, unlock: () => Promise<Entry>): Promise<Outcome<VaultStatus>> {
  const { keeper } = parts;
  const { user, opened } = await unlock();
  const session = await welcome(parts, user, call);
  const refused = keeper.failures.noted();
  warnOfRefusals(parts, refused);
  return {
    result: await vaultStatus(keeper, { session }),
    resource: vaultResource(keeper, ""),
    status: (keeper.open?.warnings.length ?? 0) > 0 ? "warning" : "normal",
    // When the trace cannot be written the vault must not stay open: no trace, no key operation (D22).
    undo: () => (opened ? keeper.lock("closing") : parts.sessions.end(call.caller)),
    afterwards: async () => {
      keeper.failures.clear();
      if (opened) await parts.onUnlocked();
    },
  };
}

/** Refusals noted while the vault was locked come into its traces with the unlock that ends them: in its answer. */
function warnOfRefusals(parts: VaultParts, refused: Readonly<Record<string, number>>): void {
  const passwords = refused["vault/wrong-password"] ?? 0;
  const pins = (refused["tokens/pin-incorrect"] ?? 0) + (refused["tokens/pin-locked"] ?? 0);
  const wrong = passwords + pins;
  if (wrong === 0) return;
  const means = [...(passwords > 0 ? ["a wrong password"] : []), ...(pins > 0 ? ["a wrong PIN"] : [])].join(" or ");
  parts.keeper.open?.warnings.push({
    code: "failed-unlocks",
    message: `${wrong} ${wrong === 1 ? "attempt" : "attempts"} to unlock this vault with ${means} since it was last open.`,
  });
}
