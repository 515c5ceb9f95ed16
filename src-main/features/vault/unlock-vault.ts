import { SecretBytes } from "#main/crypto/secret-bytes.ts";
import type { Handler } from "#main/dispatch/handlers.ts";
import { type VaultParts, vaultResource, welcome } from "./vault-parts.ts";
import { vaultStatus } from "./vault-status.ts";

export const unlockVault =
  (parts: VaultParts): Handler<"vault", "unlock"> =>
  async (params, call) => {
    const { keeper } = parts;
    using password = SecretBytes.fromText(params.password);
    const opens = keeper.open === undefined;
    const user = await keeper.unlock(params.userName, password);
    const session = await welcome(parts, user, call);
    const refused = keeper.failures.noted();
    warnOfRefusals(parts, refused);
    return {
      result: await vaultStatus(keeper, { session }),
      resource: vaultResource(keeper, ""),
      status: (keeper.open?.warnings.length ?? 0) > 0 ? "warning" : "normal",
      // When the trace cannot be written the vault must not stay open: no trace, no key operation (D22).
      undo: () => (opens ? keeper.lock("closing") : parts.sessions.end(call.caller)),
      afterwards: async () => {
        keeper.failures.clear();
        if (opens) await parts.onUnlocked();
      },
    };
  };

/** Refusals noted while the vault was locked come into its traces with the unlock that ends them: in its answer. */
function warnOfRefusals(parts: VaultParts, refused: Readonly<Record<string, number>>): void {
  const wrong = refused["vault/wrong-password"] ?? 0;
  if (wrong === 0) return;
  parts.keeper.open?.warnings.push({
    code: "failed-unlocks",
    message: `${wrong} ${wrong === 1 ? "attempt" : "attempts"} to unlock this vault with a wrong password since it was last open.`,
  });
}
