import { KeysteadError } from "#shared/errors/keystead-error.ts";
import type { WantedTag } from "#shared/models/token.ts";

export interface Tag {
  readonly key: string;
  readonly value: string;
}

const KEY_MAX = 128;
const VALUE_MAX = 255;
/** Letters of any script with their marks, digits, space, and `_ . : / = + - @`. */
const ALLOWED = /^[\p{L}\p{M}\p{N} _.:/=+\-@]*$/u;

/** T01: what a tag may be, and one value a key. Error: `request/invalid-params` with the tag's number. */
export function assertTags(tags: readonly Tag[]): void {
  const keys = new Set<string>();
  for (const [index, tag] of tags.entries()) {
    const fault = faultOf(tag, keys);
    if (fault !== undefined)
      throw new KeysteadError("request/invalid-params", `Tag ${index + 1}: ${fault}.`, { field: `tags.${index}` });
    keys.add(tag.key);
  }
}

/** H13, T02: whether all of the wanted tags are there. Exact: a tag is a word agreed upon, not a text to search in. */
export function hasTags(tags: readonly Tag[], wanted: readonly WantedTag[]): boolean {
  return wanted.every(({ key, value }) =>
    tags.some((tag) => tag.key === key && (value === undefined || tag.value === value)),
  );
}

function faultOf({ key, value }: Tag, taken: ReadonlySet<string>): string | undefined {
  // Characters as people count them: an emoji or a rare letter is not two.
  if (key === "" || [...key].length > KEY_MAX) return `the key must have 1 to ${KEY_MAX} characters`;
  if ([...value].length > VALUE_MAX) return `the value must have at most ${VALUE_MAX} characters`;
  if (!ALLOWED.test(key) || !ALLOWED.test(value)) return "only letters, digits, spaces and _ . : / = + - @ are allowed";
  if (key.trim() !== key || value.trim() !== value) return "it must not begin or end with a space";
  if (key.startsWith("_sys_")) return "keys that begin with _sys_ are reserved";
  if (taken.has(key)) return `the key “${key}” stands twice`;
  return undefined;
}
