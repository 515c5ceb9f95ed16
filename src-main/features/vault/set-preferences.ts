import type { Handler } from "#main/dispatch/handlers.ts";
import type { Preferences } from "#shared/models/preferences.ts";
import { readPreferences, writePreferences } from "./preference-rows.ts";

/** One list at a time: two windows that arrange different lists do not undo each other. */
export const setPreferences: Handler<"vault", "setPreferences"> = async (params, call) => {
  const { list, ...wanted } = params;
  const { userId, userName } = call.session;
  const arranged = (before: Preferences): Preferences => ({ lists: { ...before.lists, [list]: wanted } });
  return {
    result: arranged(await readPreferences(call.vault.read, userId)),
    resource: { type: "user", id: userId, name: userName },
    change: async (tx) => writePreferences(tx, userId, arranged(await readPreferences(tx, userId))),
  };
};
