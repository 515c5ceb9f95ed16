/** True when every word of `query` is part of one of the texts; case and accents do not matter. */
export function includesText(query: string, ...texts: readonly (string | undefined)[]): boolean {
  if (query === "") return true;
  const hay = fold(texts.filter((text) => text !== undefined).join("\n"));
  return fold(query)
    .split(/\s+/)
    .every((word) => hay.includes(word));
}

function fold(text: string): string {
  return text.normalize("NFD").replaceAll(/\p{M}/gu, "").toLowerCase();
}

/** How near a label is to what was typed: it begins with it, a word of it does, or it is somewhere inside. */
export function searchRank(label: string, wanted: string): 0 | 1 | 2 {
  const at = label.toLowerCase().indexOf(wanted.trim().toLowerCase());
  if (at === 0) return 0;
  return at > 0 && /[\s·._-]/.test(label.charAt(at - 1)) ? 1 : 2;
}
