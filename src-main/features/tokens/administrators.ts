import { SecretBytes } from "#main/crypto/secret-bytes.ts";
import type { Call, Handler, HandlerTable } from "#main/dispatch/handlers.ts";
import {
  hasToken,
  isPasswordSlot,
  isTwoFactorSlot,
  type SlotWithToken,
  type TokenSlotOpener,
  type VaultKeeper,
} from "#main/features/vault/index.ts";
import type { Params } from "#shared/contract/index.ts";
import { isKeysteadError, KeysteadError } from "#shared/errors/keystead-error.ts";
import type { Administrator } from "#shared/models/token.ts";
import { type Given, makeAdministratorSlot } from "./administrator-slot.ts";
import { assertPossiblePin, attemptPin } from "./pin-attempt.ts";
import { encodePin } from "./pin-policy.ts";
import type { TokenInUse } from "./token-in-use.ts";
import { clearPinFailures } from "./token-repository.ts";
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
        administrators: call.vault.header.slots.filter(hasToken).map(administratorOf),
        passwordUsers: [...new Set(call.vault.header.slots.filter(isPasswordSlot).map((slot) => slot.userName))],
      },
    }),
    removeAdministrator: async (params, call) => {
      const slot = call.vault.header.slots.filter(hasToken).find((each) => each.id === params.slotId);
      const change = await parts.keeper.waysIn.removeToken(params.slotId);
      return {
        result: { slotId: params.slotId },
        resource: { type: "administrator", id: params.slotId, name: slot?.token.label ?? "" },
        // The header is already replaced; a trace that cannot be written takes the change back.
        change: change.note,
        undo: change.takeBack,
        afterwards: change.keep,
        changed: ["vault", "tokens"],
      };
    },
  };
}

function administratorOf(slot: SlotWithToken): Administrator {
  const { id, userId, userName, token, method, createdAt } = slot;
  return {
    slotId: id,
    userId,
    userName,
    tokenSerial: token.serial,
    tokenLabel: token.label,
    method,
    needsPassword: isTwoFactorSlot(slot),
    createdAt,
  };
}

/** What was done on the token for a slot that is not in the header yet. */
interface Prepared {
  readonly slot: SlotWithToken;
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
    const { waysIn } = parts.keeper;
    using pin = encodePin(params.pin);
    using secrets = new DisposableStack();
    const bytes = (text: string) => secrets.use(SecretBytes.fromText(text));
    const text = passwordFor(params);
    const password = text === undefined ? undefined : bytes(text);
    const { checkBy } = params;
    const by = checkBy && { slotId: checkBy.slotId, pin: secrets.use(encodePin(checkBy.pin)) };
    // Before the token is touched: a slot behind a mistyped password would be no way in at all.
    const checkedBy = password && (await waysIn.checkPasswordBeside(call.session.userId, password, by));
    const given = { pin, password };
    // Nobody erases the token before the slot is in the header, or its key is gone again.
    const inTurn = (token: TokenInUse) => prepare(parts, call, token, given);
    const prepared = await parts.service.exclusive(params.id, inTurn, call.settled);
    const { slot, token } = prepared;
    // After the work of the turn: the keeper may be locking, and locking waits for work to end.
    const change = await waysIn.addToken(slot, checkedBy).catch(async (error: unknown) => {
      await prepared.finish(false);
      throw error;
    });
    return {
      result: { administrator: administratorOf(slot) },
      resource: tokenResource({ id: token.id, label: token.info.label }),
      change: async (tx) => {
        await change.note(tx);
        await clearPinFailures(tx, token.id, ["user"]);
      },
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

/** Errors: vault/password-needed; request/invalid-params for a password that nothing would be done with. */
function passwordFor({ mode, password }: Params<"tokens", "registerAdministrator">): string | undefined {
  if (mode === "with-password" && password === undefined)
    throw new KeysteadError(
      "vault/password-needed",
      "The token shall open the vault only together with your password. Give the password besides the PIN.",
    );
  if (mode === "alone" && password !== undefined)
    throw new KeysteadError(
      "request/invalid-params",
      "A token that opens the vault alone takes no password. Leave it out, or choose the mode with-password.",
      { field: "password" },
    );
  return password;
}

async function prepare(parts: AdministratorParts, call: Call, token: TokenInUse, given: Given): Promise<Prepared> {
  const { service } = parts;
  const { pin } = given;
  await assertTrustedLibrary(token.watch.row.path);
  assertPossiblePin(pin, token.info);
  const wasLoggedIn = service.logins.of(token) === "user";
  // C11: to a token somebody is logged in to, any PIN is right.
  await service.logins.logOut(token);
  await attemptPin(
    { call, service, operation: "tokens.registerAdministrator", token, role: "user", acceptFinalTry: false },
    () => service.logins.logIn(token, "user", pin),
  );
  const leave = async () => {
    if (!wasLoggedIn) await service.logins.logOut(token);
  };
  let key: UnlockKey | undefined;
  try {
    key = await makeUnlockKey({ module: token.module, slotId: token.slot.slotId });
    const slot = await makeAdministratorSlot(parts.opener, call, token, key, given);
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
