import type { Input } from "#shared/contract/index.ts";
import { LIMITS } from "#shared/limits.ts";
import type { TokenView } from "#shared/models/token.ts";

export type WantedTag = NonNullable<Input<"tokens", "list">["tags"]>[number];

/** Neither may stand in a tag (T01), so both can divide tags in an address. */
const BETWEEN = ",";
const BEFORE_VALUE = ";";

export function tagText(tag: { readonly key: string; readonly value: string }): string {
  return tag.value === "" ? tag.key : `${tag.key} = ${tag.value}`;
}

/** One tag as it stands in the address: the key alone for any value, or the key and one value. */
export function tagCode({ key, value }: WantedTag): string {
  return value === undefined ? key : `${key}${BEFORE_VALUE}${value}`;
}

/** The tags an address asks for; what an edited one has too many of is left out. */
export function wantedTags(text: string): WantedTag[] {
  const codes = text.split(BETWEEN).filter((code) => code !== "");
  return [...new Set(codes)].slice(0, LIMITS.searchTagsMax).map((code) => {
    const at = code.indexOf(BEFORE_VALUE);
    return at < 0 ? { key: code } : { key: code.slice(0, at), value: code.slice(at + 1) };
  });
}

export function tagsQuery(codes: readonly string[]): string {
  return codes.slice(0, LIMITS.searchTagsMax).join(BETWEEN);
}

/** What can be searched for among these tokens: each key with any value, and with each value it has. */
export function knownTags(tokens: readonly TokenView[]): readonly WantedTag[] {
  const values = new Map<string, Set<string>>();
  for (const { key, value } of tokens.flatMap((token) => token.instance?.tags ?? []))
    values.set(key, (values.get(key) ?? new Set()).add(value));
  return [...values.keys()]
    .sort()
    .flatMap((key) => [{ key }, ...[...(values.get(key) ?? [])].sort().map((value) => ({ key, value }))]);
}
