import type { Handler } from "#main/dispatch/handlers.ts";
import { readPreferences, writePreferences } from "./preference-rows.ts";

/** One list at a time: two windows that arrange different lists do not undo each other. */
export const setPreferences: Handler<"vault", "setPreferences"> = async (params, call) => {
  const { list, ...wanted } = params;
  const { userId, userName } = call.session;
  const before = await readPreferences(call.vault.read, userId);
  const after = { lists: { ...before.lists, [list]: wanted } };
  return {
    result: after,
    resource: { type: "user", id: userId, name: userName },
    change: (tx) => writePreferences(tx, userId, after),
  };
};
