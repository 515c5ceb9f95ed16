import type { Call } from "#main/dispatch/handlers.ts";
import type { findKeypairRow } from "#main/features/keypairs/index.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import type { ServersParts } from "./servers-parts.ts";

/** A task's login needs the private half, in the vault or on a token that is in. Errors: `keypairs/no-private-key`, `tokens/…`. */
export async function assertPrivateHalf(
  { signers }: Pick<ServersParts, "signers">,
  { vault }: Pick<Call, "vault">,
  keypair: Awaited<ReturnType<typeof findKeypairRow>>,
): Promise<void> {
  if (keypair.privateHalf === "on-token") return signers.assertUsable(vault, keypair);
  if (keypair.privateSealed !== null) return;
  throw new KeysteadError(
    "keypairs/no-private-key",
    `The private key of “${keypair.name}” is not in the vault, so a login with it cannot be proved. Import it first, or choose another key pair.`,
    { id: keypair.id },
  );
}
