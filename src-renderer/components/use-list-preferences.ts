import { useQueryClient } from "@tanstack/react-query";
import type { ListName, ListPreferences } from "#shared/models/preferences.ts";
import { useClient } from "../app/bridge-context.ts";
import { putAnswer } from "../app/overtaken-answers.ts";
import { useAction } from "../app/use-action.ts";
import { operationKey, useOperation } from "../app/use-operation.ts";

const NOTHING = {};
const NONE: ListPreferences = { filters: [] };

/** The user's columns and saved filters of one list. They live in the vault: the browser keeps nothing. */
export function useListPreferences(list: ListName) {
  const client = useClient();
  const queries = useQueryClient();
  const { data, isPending } = useOperation("vault", "preferences", NOTHING, { staleTime: Number.POSITIVE_INFINITY });
  const stored = data?.lists[list] ?? NONE;
  const save = useAction(async (change: Partial<ListPreferences>) => {
    const { columns, filters } = { ...stored, ...change };
    const after = await client.vault.setPreferences({ list, filters, ...(columns === undefined ? {} : { columns }) });
    putAnswer(queries, operationKey("vault", "preferences", NOTHING), after);
    return after;
  });
  return { stored, isPending, save };
}
