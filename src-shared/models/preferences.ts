import { z } from "zod";
import { LIMITS } from "../limits.ts";
import { hasControlCharacters, isName } from "../text-rules.ts";

/** The lists of the console that a user arranges to his taste. */
export const listName = z.enum(["keypairs", "servers", "tokens", "tasks", "traces"]);
export type ListName = z.infer<typeof listName>;

export const savedFilter = z.strictObject({
  name: z.string().min(1).max(LIMITS.filterNameMax).refine(isName, "must not begin or end with a space"),
  /** The list's address behind the question mark. What it says of filters that are no longer there is not looked at. */
  query: z
    .string()
    .max(LIMITS.filterQueryMax)
    .refine((text) => !hasControlCharacters(text), "must not contain control characters"),
});
export type SavedFilter = z.infer<typeof savedFilter>;

export const listPreferences = z.strictObject({
  /** Keys of the columns shown; the list's own choice when absent. Keys it does not know are not looked at. */
  columns: z
    .array(z.string().regex(/^[a-zA-Z0-9]{1,32}$/, "must be a column's key"))
    .max(LIMITS.columnsMax)
    .optional(),
  filters: z
    .array(savedFilter)
    .max(LIMITS.savedFiltersMax)
    .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, "must have different names"),
});
export type ListPreferences = z.infer<typeof listPreferences>;

/** How one user wants the console to look. Never a secret; kept in the vault because a browser may keep nothing. */
export const preferences = z.strictObject({ lists: z.partialRecord(listName, listPreferences) });
export type Preferences = z.infer<typeof preferences>;
