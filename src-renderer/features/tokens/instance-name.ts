/** Letters that are written out in ASCII rather than stripped of their marks. */
const WRITTEN_OUT: Readonly<Record<string, string>> = {
  ä: "ae",
  ö: "oe",
  ü: "ue",
  Ä: "Ae",
  Ö: "Oe",
  Ü: "Ue",
  ß: "ss",
  æ: "ae",
  Æ: "Ae",
  ø: "oe",
  Ø: "Oe",
  å: "aa",
  Å: "Aa",
  ł: "l",
  Ł: "L",
};

/** A token's label as a name of an instance, which takes ASCII letters, digits, `_` and `-` only, 64 at most. */
export function suggestedInstanceName(label: string): string {
  const plain = Array.from(label.normalize("NFC"), (letter) => WRITTEN_OUT[letter] ?? letter).join("");
  return plain
    .normalize("NFD")
    .replaceAll(/\p{M}+/gu, "")
    .replaceAll(/[^A-Za-z0-9_-]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 64);
}
