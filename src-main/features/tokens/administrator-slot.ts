import type { SecretBytes } from "#main/crypto/secret-bytes.ts";
import type { Call } from "#main/dispatch/handlers.ts";
import {
  makeTokenSlot,
  makeTwoFactorSlot,
  openTokenSlot,
  openTwoFactorSlot,
  type SlotKeys,
  type SlotWithToken,
  type TokenSlotOpener,
} from "#main/features/vault/index.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import type { TokenInUse } from "./token-in-use.ts";
import type { UnlockKey } from "./unlock-key.ts";

/** What the officer gives: the password where the token shall open the vault only together with it. */
export interface Given {
  readonly pin: SecretBytes;
  readonly password: SecretBytes | undefined;
}

/** A slot for the token's new key, opened once as unlocking will open it. Error: `tokens/challenge-failed`. */
export async function makeAdministratorSlot(
  opener: TokenSlotOpener,
  call: Call,
  token: TokenInUse,
  key: UnlockKey,
  { pin, password }: Given,
): Promise<SlotWithToken> {
  const { vault, session } = call;
  const keys = vault.slotKeysOf(session.userId);
  using _root = keys.root;
  using _user = keys.user;
  const owner = { vaultId: vault.vaultId, userId: session.userId, userName: session.userName };
  const place = placeOf(token, key);
  const slot =
    password === undefined
      ? makeTokenSlot(owner, place, key.answer, keys, key.secret, call.clock.now())
      : await makeTwoFactorSlot(owner, place, key.answer, keys, { password, secret: key.secret }, call.clock.now());
  // The token has taken this PIN a moment ago: there is no try to lose.
  const { secret } = await opener.openTokenSlot([slot], pin, { acceptFinalTry: true });
  using _secret = secret;
  const opened = await openSlot(vault.vaultId, slot, secret, password);
  using root = opened.root;
  using user = opened.user;
  if (root.equals(keys.root) && user.equals(keys.user)) return slot;
  throw new KeysteadError(
    "tokens/challenge-failed",
    "The slot that was made for the token does not open the vault. Nothing was changed; try again.",
  );
}

function placeOf(token: TokenInUse, key: UnlockKey) {
  const { manufacturer, model, serial, label } = token.info;
  const { path: modulePath, libraryParameters } = token.watch.row;
  return {
    modulePath,
    ...(libraryParameters === null ? {} : { libraryParameters }),
    token: { manufacturer, model, serial, label },
    keyId: key.keyId,
  };
}

async function openSlot(
  vaultId: string,
  slot: SlotWithToken,
  secret: SecretBytes,
  password: SecretBytes | undefined,
): Promise<SlotKeys> {
  if (slot.kind === "token") return openTokenSlot(vaultId, slot, secret);
  if (password === undefined) throw new TypeError("A slot with a password was made without one");
  return openTwoFactorSlot(vaultId, slot, { password, secret });
}
