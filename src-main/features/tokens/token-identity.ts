import { sha256 } from "#main/crypto/hash.ts";
import { netstrings } from "#main/crypto/netstrings.ts";
import type { SlotInfo, TokenAt, TokenMarks } from "./token-port.ts";

/**
 * The ids (32 hex digits) of the tokens that one library shows, in their order. Slot numbers are not identities (C29), so an id is
 * made of library, manufacturer, model and serial; where one card shows several slots under one serial (C31), of the label too.
 * Tokens that even so cannot be told apart, such as two fresh ones without a serial, are counted in the order of their slots:
 * good while they stay in, and nothing should be remembered of such a token.
 */
export function tokenIdsOf(modulePath: string, tokens: readonly TokenMarks[]): readonly string[] {
  const base = tokens.map((token) => [modulePath, ...cardMarks(token)]);
  const withLabel = tellApart(base, (index) => [`label ${clean(tokens[index]?.label ?? "")}`]);
  const seen = new Map<string, number>();
  return withLabel.map((marks) => {
    const key = digest(marks);
    const before = seen.get(key) ?? 0;
    seen.set(key, before + 1);
    return before === 0 ? key : digest([...marks, `again ${before}`]);
  });
}

/** The same for every slot of one card, however many PINs it has (C31): what an own count of wrong SO PINs, or a picture, goes by. */
export function cardIdOf(modulePath: string, token: TokenMarks): string {
  return digest([modulePath, ...cardMarks(token)]);
}

/** For what must reach this very token or none. */
export function tokenAt(token: { readonly slot: Pick<SlotInfo, "slotId">; readonly info: TokenMarks }): TokenAt {
  const { label, manufacturer, model, serial } = token.info;
  return { slotId: token.slot.slotId, marks: { label, manufacturer, model, serial } };
}

function cardMarks(token: TokenMarks): string[] {
  return [token.manufacturer, token.model, token.serial].map(clean);
}

function tellApart(all: readonly (readonly string[])[], more: (index: number) => readonly string[]): string[][] {
  const count = new Map<string, number>();
  for (const marks of all) count.set(digest(marks), (count.get(digest(marks)) ?? 0) + 1);
  return all.map((marks, index) => ((count.get(digest(marks)) ?? 0) > 1 ? [...marks, ...more(index)] : [...marks]));
}

const digest = (marks: readonly string[]): string => sha256(netstrings(marks)).toString("hex").slice(0, 32);

/** Fields are padded with spaces, by some libraries with NULs (C20). */
const clean = (field: string): string => field.replace(/^[\s\0]+|[\s\0]+$/g, "").normalize("NFC");

/** No serial, or one that every token of its kind has: it proves nothing. */
export function hasOwnSerial(token: TokenMarks): boolean {
  return !/^(?:(.)\1*|)$/.test(clean(token.serial));
}

/** Maker, model and a serial of its own are the same, however they are padded and written (C20). The label may have changed. */
export function isSameCard(one: TokenMarks, other: TokenMarks): boolean {
  const sameMake = same(one.manufacturer, other.manufacturer) && same(one.model, other.model);
  return hasOwnSerial(one) && sameMake && sameSerial(one.serial, other.serial);
}

/**
 * The one present token that a remembered one which is not in must be now; `undefined` where none or several could be (C31: then
 * the label decides). Offered to a person, never taken by itself (C29).
 */
export function presentAs<T extends Remembered>(lost: Remembered, present: readonly T[]): T | undefined {
  const cards = relinkCandidates(lost, present).flatMap(({ token }) => (isSameCard(lost, token) ? [token] : []));
  const labelled = cards.length > 1 ? cards.filter((token) => same(token.label, lost.label)) : cards;
  return labelled.length === 1 ? labelled[0] : undefined;
}

export interface Remembered extends TokenMarks {
  readonly id: string;
}

/**
 * Which present tokens a remembered one that is not in may now be, the likeliest first (C29). Never to be taken without asking:
 * the person says whether it is the same token.
 * `serial`: the same serial under another library, another firmware's model name, or written otherwise.
 * `label`: another serial, but label, maker and model are the same, as after re-initialising a token that draws its serial anew.
 */
export function relinkCandidates<T extends Remembered>(
  lost: Remembered,
  present: readonly T[],
): readonly { readonly token: T; readonly by: "serial" | "label" }[] {
  if (present.some((token) => token.id === lost.id)) return [];
  const bySerial = hasOwnSerial(lost) ? present.filter((token) => sameSerial(token.serial, lost.serial)) : [];
  const sameMake = (token: T) => same(token.manufacturer, lost.manufacturer) && same(token.model, lost.model);
  const byLabel = present.filter(
    (token) =>
      !bySerial.includes(token) && clean(lost.label) !== "" && same(token.label, lost.label) && sameMake(token),
  );
  // One serial under two makers' names is a coincidence before it is the same card.
  const sorted = [...bySerial].sort((a, b) => Number(sameMake(b)) - Number(sameMake(a)));
  return [
    ...sorted.map((token) => ({ token, by: "serial" as const })),
    ...byLabel.map((token) => ({ token, by: "label" as const })),
  ];
}

const same = (a: string, b: string): boolean => clean(a) === clean(b);
const sameSerial = (a: string, b: string): boolean => bare(a) === bare(b);
/** Libraries print one serial with and without leading zeros, colons, and in either case. */
const bare = (serial: string): string =>
  clean(serial)
    .replace(/[\s:-]/g, "")
    .replace(/^0+(?=.)/, "")
    .toLowerCase();
