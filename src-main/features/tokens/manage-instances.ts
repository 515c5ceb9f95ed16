import type { WritableDb } from "#main/database/brands.ts";
import type { Handler, Outcome } from "#main/dispatch/handlers.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import type { TokenView } from "#shared/models/token.ts";
import { assertTags } from "./tag-rules.ts";
import type { PresentToken } from "./token-in-use.ts";
import {
  assertInstanceNameFree,
  deleteInstance,
  findInstance,
  type InstanceRow,
  saveInstance,
  touchInstance,
} from "./token-repository.ts";
import { type TokensParts, tokenResource, viewById, viewOf } from "./tokens-parts.ts";

/** What is kept of a token so that it is known when it comes back (C29). */
export function factsOf(
  token: PresentToken,
  now: number,
): Omit<InstanceRow, "name" | "use" | "status" | "tagsJson" | "createdAt"> {
  const { label, manufacturer, model, serial } = token.info;
  return { tokenId: token.id, moduleId: token.watch.row.id, label, manufacturer, model, serial, lastSeenAt: now };
}

/**
 * H03. Activating again gives another name or use and keeps the tags. Nobody initialises the token before that is on record: what
 * was seen of it is still so then.
 */
export const activate =
  (parts: TokensParts): Handler<"tokens", "activate"> =>
  (params, call) => {
    const { id, name, use } = params;
    const inTurn = async (token: PresentToken): Promise<Outcome<TokenView>> => {
      if (!token.info.flags.includes("TOKEN_INITIALIZED"))
        throw new KeysteadError(
          "tokens/not-initialized",
          "This token has not been initialised: give it a label and its PINs first.",
          { id },
        );
      await assertInstanceNameFree(call.vault.read, name, id);
      const now = call.clock.now();
      const given = { ...factsOf(token, now), name, use, status: "running" as const };
      const { createdAt, tagsJson } = { ...fresh(now), ...(await findInstance(call.vault.read, id)) };
      const view = await viewOf(parts, call, token);
      return {
        result: { ...view, instance: { name, use, status: given.status, createdAt, tags: JSON.parse(tagsJson) } },
        resource: tokenResource(view),
        change: async (tx) => {
          await assertInstanceNameFree(tx, name, id);
          // What is not given here may have been changed since, its tags for instance.
          await saveInstance(tx, { ...fresh(now), ...(await findInstance(tx, id)), ...given });
        },
        changed: ["tokens"],
      };
    };
    return parts.service.shared(id, inTurn, call.settled);
  };

const fresh = (createdAt: number) => ({ tagsJson: "[]", createdAt });

const notRegistered = (id: string) =>
  new KeysteadError("tokens/not-found", "This token is not registered as an instance. Activate it first.", { id });

async function registered(parts: TokensParts, call: Parameters<Handler<"tokens", "get">>[1], id: string) {
  const view = await viewById(parts, call, id);
  if (view.instance === undefined) throw notRegistered(id);
  return { view, instance: view.instance };
}

/** In the transaction: another call may have forgotten it since. */
async function assertStillRegistered(tx: WritableDb, id: string): Promise<void> {
  const row = await findInstance(tx, id);
  if (row === undefined || row.name === null) throw notRegistered(id);
}

export const deactivate =
  (parts: TokensParts): Handler<"tokens", "deactivate"> =>
  async (params, call) => {
    const { view } = await registered(parts, call, params.id);
    return {
      result: { id: params.id },
      resource: tokenResource(view),
      change: async (tx) => {
        await assertStillRegistered(tx, params.id);
        await deleteInstance(tx, params.id);
      },
      changed: ["tokens"],
    };
  };

/** H13: the whole set at once; what is not in it is gone. */
export const setTags =
  (parts: TokensParts): Handler<"tokens", "setTags"> =>
  async (params, call) => {
    assertTags(params.tags);
    const { view, instance } = await registered(parts, call, params.id);
    return {
      result: { ...view, instance: { ...instance, tags: params.tags } },
      resource: tokenResource(view),
      change: async (tx) => {
        await assertStillRegistered(tx, params.id);
        await touchInstance(tx, params.id, { tagsJson: JSON.stringify(params.tags) });
      },
      changed: ["tokens"],
    };
  };
