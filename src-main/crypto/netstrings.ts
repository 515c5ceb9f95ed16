/**
 * Joins `parts` as netstrings (`<length>:<bytes>,`), so that no two lists of parts have the same encoding: without the
 * lengths `["ab", "c"]` and `["a", "bc"]` would authenticate each other.
 */
export function netstrings(parts: readonly string[]): Buffer {
  return Buffer.from(parts.map((part) => `${Buffer.byteLength(part)}:${part},`).join(""), "utf8");
}
