import type { Handler } from "#main/dispatch/handlers.ts";
import { chainUnderTest, verifyChain } from "#main/features/audit/index.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { noteSlots } from "./noted-slots.ts";
import { type VaultParts, vaultResource } from "./vault-parts.ts";

/** The chain by itself, without what the header knows of its end. */
const NO_ANCHOR = { sequence: 0, mac: "", checkpoint: 0, missingFrom: undefined };

/**
 * Somebody stands by an older copy of the database (D26). Only a copy that is whole in itself can be stood by: one that was
 * edited is no restored backup. The trace is the record of the seam; the anchor moves only once it is durable, so a crash in
 * between leaves the warning standing, never a seam that nobody has confirmed.
 * Errors: `vault/not-rolled-back`, `vault/not-an-older-copy`.
 */
export const acceptRollback =
  ({ keeper }: VaultParts): Handler<"vault", "acceptRollback"> =>
  async (params, call) => {
    const { vault } = call;
    const { missingFrom } = vault;
    const { auditHead } = vault.header;
    if (missingFrom === undefined)
      throw new KeysteadError(
        "vault/not-rolled-back",
        "The database holds everything that its header knows of. There is nothing to confirm.",
      );
    const { finding } = await verifyChain(chainUnderTest(vault, NO_ANCHOR), vault.ledger.head);
    if (finding !== undefined)
      throw new KeysteadError(
        "vault/not-an-older-copy",
        `This database is not an older copy as it once was, so it cannot be confirmed. ${finding.message} Restore a whole backup.`,
        { sequence: finding.sequence },
      );
    return {
      result: {
        missingFrom,
        lastSigned: auditHead.sequence,
        lostHead: auditHead.mac,
        signedAt: auditHead.time,
        reason: params.reason,
      },
      resource: vaultResource(keeper, ""),
      status: "warning",
      // Those who may come in today are stood by too: the older copy need not know them.
      change: (tx) => noteSlots(tx, vault.header.slots),
      afterwards: () => keeper.anchorAnew(vault),
      changed: ["vault"],
    };
  };
