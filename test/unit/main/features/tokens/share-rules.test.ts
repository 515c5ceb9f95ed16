import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SecretBytes } from "#main/crypto/secret-bytes.ts";
import { decodeShare, encodeShare } from "#main/features/tokens/share-format.ts";
import { type KnownSet, makeShares, openSet, readShares } from "#main/features/tokens/share-rules.ts";
import { readShareText, shareLines } from "#main/features/tokens/share-text.ts";
import { isKeysteadError, type KeysteadError } from "#shared/errors/keystead-error.ts";

const SECRET = Buffer.from("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", "hex");
const secret = () => SecretBytes.copyOf(SECRET);
const made = (threshold = 3, total = 5) => {
  const { set, shares } = makeShares(secret(), threshold, total);
  return { set, shares, texts: shares.map((share) => shareLines(share).join("\n")) };
};
const pick = (texts: readonly string[], ...at: number[]) => at.map((index) => texts[index] ?? "");
const open = (texts: readonly string[], set: KnownSet) => openSet(readShares(texts, set), set);

function refusal(work: () => unknown): KeysteadError {
  try {
    work();
  } catch (error) {
    if (isKeysteadError(error)) return error;
    throw error;
  }
  throw new Error("was not refused");
}

/** A share changed by somebody who knows the format: every line's check is right again. */
function forged(encoded: SecretBytes): string {
  const share = decodeShare(encoded);
  if (share === undefined) throw new Error("no share");
  const value = SecretBytes.copyOf(share.value.reveal().map((byte, at) => (at === 7 ? byte ^ 1 : byte)));
  return shareLines(encodeShare({ ...share, value })).join("\n");
}

describe("shares as texts", () => {
  it("H09 D29 are six lines of five groups of four, and are read back from them", () => {
    const { shares, texts } = made();
    for (const [at, text] of texts.entries()) {
      expect(text).toMatch(/^(?:[0-9A-HJKMNP-TV-Z]{4}( |\n|$)){30}$/);
      expect(text.split("\n")).toHaveLength(6);
      expect(readShareText(text, "The share").equals(shares[at] as SecretBytes)).toBe(true);
    }
  });

  it("H09 D29 are read however they were typed: small letters, look-alikes, numbered lines, comments, one line", () => {
    const { shares, texts } = made();
    const [text = ""] = texts;
    const numbered = text.split("\n").map((line, at) => `${at + 1}. ${line}`);
    for (const typed of [
      text.toLowerCase(),
      text.replaceAll("1", "l").replaceAll("0", "o"),
      text.replaceAll("1", "I"),
      text.replaceAll(" ", ""),
      text.replaceAll(" ", "-"),
      text.replaceAll("\n", " "),
      text.replaceAll("\n", "\r\n"),
      ["# Share 1 of 5", "", ...numbered, ""].join("\n"),
    ])
      expect(readShareText(typed, "The share").equals(shares[0] as SecretBytes)).toBe(true);
  });

  it("H09 D29 name the line of a slip: every single character, changed to any other", () => {
    const [text = ""] = made().texts;
    const letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let missed = 0;
    for (let at = 0; at < text.length; at++) {
      if (/\s/.test(text[at] ?? "")) continue;
      const other = letters[(letters.indexOf(text[at] ?? "") + 1 + (at % 31)) % 32] ?? "";
      if (other === text[at]) continue;
      const error = refusal(() => readShareText(text.slice(0, at) + other + text.slice(at + 1), "The share"));
      expect(error.code).toBe("tokens/share-unreadable");
      if (error.details.line !== text.slice(0, at).split("\n").length) missed++;
    }
    // A slip in a line is found in that line but for one in a million.
    expect(missed).toBeLessThan(2);
  });

  it("H09 D29 name the line that is too short, stands in another's place, or belongs to another share", () => {
    const { texts } = made();
    const lines = (texts[0] ?? "").split("\n");
    const others = (texts[1] ?? "").split("\n");
    const line = (changed: readonly string[]) =>
      refusal(() => readShareText(changed.join("\n"), "The share")).details.line;
    expect(line(lines.with(2, (lines[2] ?? "").slice(0, -1)))).toBe(3);
    expect(line(lines.with(3, lines[4] ?? "").with(4, lines[3] ?? ""))).toBe(4);
    expect(line(lines.with(5, others[5] ?? ""))).toBe(6);
    expect(line(lines.with(1, (lines[1] ?? "").replace(/^./, "!")))).toBe(2);
    expect(refusal(() => readShareText(lines.slice(1).join("\n"), "The share")).details).toEqual({ characters: 100 });
    expect(refusal(() => readShareText("nothing", "The share")).code).toBe("tokens/share-unreadable");
  });

  it("H09 no text throws anything but its own refusal", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200, unit: "binary" }), (text) => {
        expect(refusal(() => readShareText(text, "The share")).code).toBe("tokens/share-unreadable");
      }),
    );
  });
});

describe("shares of a set", () => {
  it("H09 D29 any three of five open it, and more do too", () => {
    const { set, texts } = made();
    for (const some of [
      [0, 1, 2],
      [4, 2, 0],
      [1, 3, 4],
      [4, 3, 2, 1, 0],
    ])
      expect(open(pick(texts, ...some), set).equals(secret())).toBe(true);
  });

  it("H09 D29 says how many are missing", () => {
    const { set, texts } = made();
    const error = refusal(() => open(pick(texts, 0, 1), set));
    expect(error).toMatchObject({ code: "tokens/shares-too-few", details: { given: 2, threshold: 3 } });
    expect(error.message).toContain("2 of 3 needed");
  });

  it("H09 D29 says which share was given twice", () => {
    const { set, texts } = made();
    const error = refusal(() => open(pick(texts, 0, 3, 3), set));
    expect(error).toMatchObject({ code: "tokens/share-duplicate", details: { index: 4 } });
  });

  it("H09 D29 says which share is of another set, though it is of the same secret", () => {
    const [one, other] = [made(), made()];
    const error = refusal(() => open([...pick(one.texts, 0, 1), ...pick(other.texts, 2)], one.set));
    expect(error).toMatchObject({
      code: "tokens/share-other-set",
      details: { index: 3, setId: other.set.setId, wanted: one.set.setId },
    });
    expect(error.message).toContain("given as number 3");
  });

  it("H09 D29 says which share was changed, though every line of it fits", () => {
    const { set, shares, texts } = made();
    const error = refusal(() => open([...pick(texts, 0, 1), forged(shares[4] as SecretBytes)], set));
    expect(error).toMatchObject({ code: "tokens/share-wrong", details: { index: 5 } });
    expect(error.message).toContain("says that it is share 5");
  });

  it("H09 D29 the commitment finds what a changed file lets pass", () => {
    const { set, shares, texts } = made(2, 2);
    const bad = forged(shares[1] as SecretBytes);
    const other = makeShares(SecretBytes.copyOf(Buffer.alloc(32, 7)), 2, 2);
    const lying = { ...set, commitment: other.set.commitment };
    expect(refusal(() => open(texts, lying)).code).toBe("tokens/share-wrong");
    expect(refusal(() => open([texts[0] ?? "", bad], set)).details).toEqual({ index: 2 });
  });

  it("H09 D29 a share that cannot be one is refused", () => {
    const { shares } = made();
    for (const [at, value] of [
      [0, 2],
      [9, 1],
      [9, 6],
      [10, 17],
      [11, 0],
      [11, 6],
    ] as const) {
      const bytes = Buffer.from((shares[0] as SecretBytes).reveal());
      bytes[at] = value;
      expect(decodeShare(SecretBytes.take(bytes))).toBeUndefined();
    }
  });

  it("H09 D29 no share holds any part of the secret", () => {
    const { shares } = made(2, 16);
    for (const share of shares)
      for (let at = 0; at + 4 <= SECRET.length; at++)
        expect(share.reveal().indexOf(SECRET.subarray(at, at + 4))).toBe(-1);
  });
});
