/** `exportPrivateKey` → `export-private-key`. Contract names hold letters and digits only; a test holds all of them to it. */
export function kebab(camel: string): string {
  return camel.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `export-private-key` → `exportPrivateKey`; the exact inverse of `kebab` on names of the contract. */
export function camel(text: string): string {
  return text.replace(/-([a-z0-9])/g, (_all, letter: string) => letter.toUpperCase());
}

/** A dotted parameter path as it is written after `--`: `file.keyFormat` → `file.key-format`. */
export function flagOf(path: string): string {
  return path.split(".").map(kebab).join(".");
}

/** The candidate that `text` was most likely meant to be; `undefined` when none is near enough to be a slip. */
export function nearest(text: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.max(2, Math.floor(text.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(text, candidate);
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best;
}

/** Levenshtein, one row at a time. Longer texts than any flag are cut: what is typed must not cost time. */
function editDistance(a: string, b: string): number {
  const from = a.slice(0, 60);
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (from[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
