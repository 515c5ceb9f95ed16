import type { ReadableDb, WritableDb } from "#main/database/brands.ts";
import type { Handler, Outcome } from "#main/dispatch/handlers.ts";
import type { Params, Result } from "#shared/contract/index.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { factsOf } from "./manage-instances.ts";
import { isSameCard } from "./token-identity.ts";
import type { PresentToken } from "./token-in-use.ts";
import {
  deleteInstance,
  findInstance,
  type InstanceRow,
  moveKeypairs,
  movePinFailures,
  saveInstance,
} from "./token-repository.ts";
import { type TokensParts, tokenResource, viewOf } from "./tokens-parts.ts";

/**
 * C29: an id is made of the library's path and of what the token prints, so a library that has moved makes a stranger of a known
 * token. What this vault knows of the old id goes to the new one, when maker, model and serial are the same and a person says so.
 * Ways into the vault are in its header and stay as they are.
 */
export const relinkInstance =
  (parts: TokensParts): Handler<"tokens", "relinkInstance"> =>
  (params, call) => {
    const { fromId, toId } = params;
    const { vault } = call;
    const inTurn = async (token: PresentToken): Promise<Outcome<Result<"tokens", "relinkInstance">>> => {
      const lost = await relinkable(vault.read, parts, params, token);
      const now = call.clock.now();
      const pairs = await vault.read.selectFrom("keypairs").select("id").where("tokenId", "=", fromId).execute();
      const view = await viewOf(parts, call, token);
      const known = { createdAt: lost.createdAt, tags: JSON.parse(lost.tagsJson), status: "running" as const };
      const instance =
        lost.name === null || lost.use === null ? {} : { instance: { ...known, name: lost.name, use: lost.use } };
      return {
        result: { token: { ...view, ...instance }, keypairs: pairs.length },
        resource: tokenResource(view),
        status: "warning",
        change: async (tx) => {
          // Read again: either may have been given another name, other tags, or up since.
          const row = await relinkable(tx, parts, params, token);
          // First away with the old one: a name stands once.
          await deleteInstance(tx, fromId);
          await saveInstance(tx, { ...row, ...factsOf(token, now), status: "running" });
          await movePinFailures(tx, fromId, toId);
          await moveKeypairs(tx, fromId, toId);
        },
        changed: ["tokens", "keypairs"],
      };
    };
    return parts.service.shared(toId, inTurn, call.settled);
  };

/** What is known of the lost one. Errors: tokens/not-found, tokens/relink-refused, tokens/confirmation-wrong. */
async function relinkable(
  db: ReadableDb | WritableDb,
  { service }: TokensParts,
  { fromId, toId, confirm }: Params<"tokens", "relinkInstance">,
  token: PresentToken,
): Promise<InstanceRow> {
  const lost = await findInstance(db, fromId);
  if (lost === undefined) throw notRegistered(fromId);
  if (service.present().some(({ id }) => id === fromId))
    throw new KeysteadError(
      "tokens/relink-refused",
      "The registered token is in itself, so it is not to be looked for under another id.",
      { id: fromId },
    );
  if (!isSameCard(lost, token.info))
    throw new KeysteadError(
      "tokens/relink-refused",
      `“${token.info.label}” (${token.info.manufacturer} ${token.info.model}, serial ${token.info.serial}) is not the token that was registered (${lost.manufacturer} ${lost.model}, serial ${lost.serial}). Register it by itself.`,
      { registered: lost.serial, present: token.info.serial },
    );
  const word = lost.name ?? lost.label;
  if (confirm !== word)
    throw new KeysteadError(
      "tokens/confirmation-wrong",
      "Type the name of the registered token exactly as shown: nothing was changed.",
      { id: fromId },
    );
  const there = await findInstance(db, toId);
  if (there !== undefined && there.name !== null)
    throw new KeysteadError(
      "tokens/relink-refused",
      `This token is registered as “${there.name}” already. Forget that instance first, if “${word}” is to be its name.`,
      { name: there.name },
    );
  return lost;
}

const notRegistered = (id: string) =>
  new KeysteadError("tokens/not-found", "There is no registered token to be relinked; look at the list again.", { id });
