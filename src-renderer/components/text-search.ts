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
