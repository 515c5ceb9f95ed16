import type { Handler } from "#main/dispatch/handlers.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { assertTags } from "./tag-rules.ts";
import {
  assertInstanceNameFree,
  deleteInstance,
  findInstance,
  type InstanceRow,
  saveInstance,
  touchInstance,
} from "./token-repository.ts";
import type { PresentToken } from "./token-service.ts";
import { type TokensParts, tokenResource, viewById, viewOf } from "./tokens-parts.ts";

/** What is kept of a token so that it is known when it comes back (C29). */
export function factsOf(
  token: PresentToken,
  now: number,
): Omit<InstanceRow, "name" | "use" | "status" | "tagsJson" | "createdAt"> {
  const { label, manufacturer, model, serial } = token.info;
  return { tokenId: token.id, moduleId: token.watch.row.id, label, manufacturer, model, serial, lastSeenAt: now };
}

/** H03. Activating again gives another name or use and keeps the tags. */
export const activate =
  (parts: TokensParts): Handler<"tokens", "activate"> =>
  async (params, call) => {
    const token = await parts.service.find(params.id);
    if (!token.info.flags.includes("TOKEN_INITIALIZED"))
      throw new KeysteadError(
        "tokens/not-initialized",
        "This token has not been initialised: give it a label and its PINs first.",
        { id: params.id },
      );
    await assertInstanceNameFree(call.vault.read, params.name, params.id);
    const before = await findInstance(call.vault.read, params.id);
    const now = call.clock.now();
    const row: InstanceRow = {
      ...factsOf(token, now),
      name: params.name,
      use: params.use,
      status: "running",
      tagsJson: before?.tagsJson ?? "[]",
      createdAt: before?.createdAt ?? now,
    };
    const view = await viewOf(parts, call, token);
    const instance = {
      name: params.name,
      use: params.use,
      status: "running" as const,
      createdAt: row.createdAt,
      tags: JSON.parse(row.tagsJson),
    };
    return {
      result: { ...view, instance },
      resource: tokenResource(view),
      change: async (tx) => {
        await assertInstanceNameFree(tx, params.name, params.id);
        await saveInstance(tx, row);
      },
      changed: ["tokens"],
    };
  };

async function registered(parts: TokensParts, call: Parameters<Handler<"tokens", "get">>[1], id: string) {
  const view = await viewById(parts, call, id);
  if (view.instance === undefined)
    throw new KeysteadError("tokens/not-found", "This token is not registered as an instance. Activate it first.", {
      id,
    });
  return { view, instance: view.instance };
}

export const deactivate =
  (parts: TokensParts): Handler<"tokens", "deactivate"> =>
  async (params, call) => {
    const { view } = await registered(parts, call, params.id);
    return {
      result: { id: params.id },
      resource: tokenResource(view),
      change: (tx) => deleteInstance(tx, params.id),
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
      change: (tx) => touchInstance(tx, params.id, { tagsJson: JSON.stringify(params.tags) }),
      changed: ["tokens"],
    };
  };
