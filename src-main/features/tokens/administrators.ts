import { SecretBytes } from "#main/crypto/secret-bytes.ts";
import type { Call, Handler, HandlerTable } from "#main/dispatch/handlers.ts";
import {
  isPasswordSlot,
  isTokenSlot,
  makeTokenSlot,
  openTokenSlot,
  type TokenSlot,
  type TokenSlotOpener,
  type VaultKeeper,
} from "#main/features/vault/index.ts";
import { isKeysteadError, KeysteadError } from "#shared/errors/keystead-error.ts";
import type { Administrator } from "#shared/models/token.ts";
import { assertPossiblePin, attemptPin } from "./pin-attempt.ts";
import { clearPinFailures } from "./token-repository.ts";
import type { TokenInUse } from "./token-service.ts";
import { type TokensParts, tokenResource } from "./tokens-parts.ts";
import { assertTrustedLibrary } from "./trusted-library.ts";
import { makeUnlockKey, type UnlockKey } from "./unlock-key.ts";

/** What the operations on ways in work with besides. */
export interface AdministratorParts extends TokensParts {
  readonly keeper: Pick<VaultKeeper, "waysIn">;
  readonly opener: TokenSlotOpener;
}

type AdministratorOperation = "registerAdministrator" | "listAdministrators" | "removeAdministrator";

export function administratorHandlers(parts: AdministratorParts): Pick<HandlerTable["tokens"], AdministratorOperation> {
  return {
    registerAdministrator: registerAdministrator(parts),
    listAdministrators: async (_params, call) => ({
      result: {
        administrators: call.vault.header.slots.filter(isTokenSlot).map(administratorOf),
        passwordUsers: [...new Set(call.vault.header.slots.filter(isPasswordSlot).map((slot) => slot.userName))],
      },
    }),
    removeAdministrator: async (params, call) => {
      const slot = call.vault.header.slots.filter(isTokenSlot).find((each) => each.id === params.slotId);
      const change = await parts.keeper.waysIn.removeToken(params.slotId);
      return {
        result: { slotId: params.slotId },
        resource: { type: "administrator", id: params.slotId, name: slot?.token.label ?? "" },
        // The header is already replaced; a trace that cannot be written takes the change back.
        undo: change.takeBack,
        afterwards: change.keep,
        changed: ["vault", "tokens"],
      };
    },
  };
}

function administratorOf(slot: TokenSlot): Administrator {
  const { id, userId, userName, token, method, createdAt } = slot;
  return { slotId: id, userId, userName, tokenSerial: token.serial, tokenLabel: token.label, method, createdAt };
}

/** What was done on the token for a slot that is not in the header yet. */
interface Prepared {
  readonly slot: TokenSlot;
  readonly token: TokenInUse;
  /** Ends what the registration has begun on the token; `false` takes the key away again. */
  finish(registered: boolean): Promise<void>;
}

/**
 * H06. Before the header is touched the token has logged in with this very PIN, has shown that its new key gives the secret
 * back, and the slot has been opened once as unlocking will open it: in a process of its own, by nothing but slot and PIN.
 */
const registerAdministrator =
  (parts: AdministratorParts): Handler<"tokens", "registerAdministrator"> =>
  async (params, call) => {
    using pin = SecretBytes.fromText(params.pin);
    const prepared = await parts.service.exclusive(params.id, (token) => prepare(parts, call, token, pin));
    const { slot, token } = prepared;
    // Out of the token's turn: the keeper may be locking, and locking waits for turns to end.
    const change = await parts.keeper.waysIn.addToken(slot).catch(async (error: unknown) => {
      await prepared.finish(false);
      throw error;
    });
    return {
      result: { administrator: administratorOf(slot) },
      resource: tokenResource({ id: token.id, label: token.info.label }),
      change: (tx) => clearPinFailures(tx, token.id, ["user"]),
      undo: async () => {
        change.takeBack();
        await prepared.finish(false);
      },
      afterwards: async () => {
        change.keep();
        await prepared.finish(true);
      },
      changed: ["vault", "tokens"],
    };
  };

async function prepare(parts: AdministratorParts, call: Call, token: TokenInUse, pin: SecretBytes): Promise<Prepared> {
  const { service } = parts;
  await assertTrustedLibrary(token.watch.row.path);
  assertPossiblePin(pin, token.info);
  const wasLoggedIn = service.loggedIn(token) === "user";
  // C11: to a token somebody is logged in to, any PIN is right.
  await service.logOut(token);
  await attemptPin(
    { call, service, operation: "tokens.registerAdministrator", token, role: "user", acceptFinalTry: false },
    () => service.logIn(token, "user", pin),
  );
  const leave = async () => {
    if (!wasLoggedIn) await service.logOut(token);
  };
  let key: UnlockKey | undefined;
  try {
    key = await makeUnlockKey({ module: token.module, slotId: token.slot.slotId });
    const slot = await makeSlot(parts, call, token, key, pin);
    const { discard } = key;
    const finish = async (registered: boolean) => {
      if (!registered) await quietly(discard);
      await quietly(leave);
    };
    return { slot, token, finish };
  } catch (error) {
    // What failed is the answer; a token that was pulled out cannot be tidied up.
    if (key !== undefined) await quietly(key.discard);
    await quietly(leave);
    throw error;
  } finally {
    key?.secret.dispose();
  }
}

async function quietly(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isKeysteadError(error)) throw error;
  }
}

async function makeSlot(
  parts: AdministratorParts,
  call: Call,
  token: TokenInUse,
  key: UnlockKey,
  pin: SecretBytes,
): Promise<TokenSlot> {
  const { vault, session } = call;
  const { manufacturer, model, serial, label } = token.info;
  const { path: modulePath, libraryParameters } = token.watch.row;
  const place = {
    modulePath,
    ...(libraryParameters === null ? {} : { libraryParameters }),
    token: { manufacturer, model, serial, label },
    keyId: key.keyId,
  };
  const keys = vault.slotKeysOf(session.userId);
  using _root = keys.root;
  using _user = keys.user;
  const owner = { vaultId: vault.vaultId, userId: session.userId, userName: session.userName };
  const slot = makeTokenSlot(owner, place, key.answer, keys, key.secret, call.clock.now());
  const { secret } = await parts.opener.openTokenSlot([slot], pin, { acceptFinalTry: false });
  using _secret = secret;
  const opened = openTokenSlot(vault.vaultId, slot, secret);
  using root = opened.root;
  using user = opened.user;
  if (root.equals(keys.root) && user.equals(keys.user)) return slot;
  throw new KeysteadError(
    "tokens/challenge-failed",
    "The slot that was made for the token does not open the vault. Nothing was changed; try again.",
  );
}
