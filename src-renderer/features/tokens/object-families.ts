import type { TokenObject } from "#shared/models/token.ts";

export type FamilyKind = "pair" | TokenObject["class"];
export type Protection = "stays" | "stayed" | "extractable" | "readable" | "none" | "unknown";

/** What belongs to one key on a token: both halves and its certificates. */
export interface ObjectFamily {
  readonly key: string;
  readonly kind: FamilyKind;
  readonly head: TokenObject;
  readonly members: readonly TokenObject[];
  readonly protection: Protection;
}

/** The most telling member stands for the family. */
const RANK: Readonly<Record<TokenObject["class"], number>> = {
  "private-key": 0,
  "secret-key": 1,
  "public-key": 2,
  certificate: 3,
  data: 4,
  other: 5,
};

/** One entry a key. Objects that main could not tell apart have the same ref: each stays an entry of its own. */
export function objectFamilies(objects: readonly TokenObject[]): readonly ObjectFamily[] {
  const byRef = Map.groupBy(objects, (object) => object.ref);
  const placed = new Set<TokenObject>();
  const families: ObjectFamily[] = [];
  for (const first of objects) {
    if (placed.has(first)) continue;
    const members = new Set<TokenObject>([first]);
    for (const member of members)
      for (const ref of member.linked)
        for (const other of byRef.get(ref) ?? []) if (!placed.has(other)) members.add(other);
    for (const member of members) placed.add(member);
    const sorted = [...members].sort((a, b) => RANK[a.class] - RANK[b.class]);
    const head = sorted[0] ?? first;
    const has = (kind: TokenObject["class"]) => sorted.some((member) => member.class === kind);
    families.push({
      key: `${head.ref}#${families.length}`,
      kind: has("private-key") && has("public-key") ? "pair" : head.class,
      head,
      members: sorted,
      protection: protectionOf(head),
    });
  }
  return families.sort((a, b) => a.head.label.localeCompare(b.head.label));
}

/** Only what the token itself says; where it says nothing, nothing is claimed (C47). */
export function protectionOf(object: TokenObject): Protection {
  if (object.class !== "private-key" && object.class !== "secret-key") return "none";
  if (object.sensitive === false) return "readable";
  if (object.extractable === true) return "extractable";
  if (object.extractable === undefined) return "unknown";
  return object.alwaysSensitive === true && object.neverExtractable === true ? "stays" : "stayed";
}

/** AES keys that may wrap others: what backups are made with. */
export function wrappingKeys(objects: readonly TokenObject[]): readonly TokenObject[] {
  return objects.filter((object) => object.class === "secret-key" && object.uses.includes("wrap"));
}

/** RSA keys made there for receiving a wrapping key. */
export function receivingKeys(objects: readonly TokenObject[]): readonly TokenObject[] {
  return objects.filter(
    (object) =>
      object.class === "private-key" &&
      object.keyType?.toUpperCase().startsWith("RSA") === true &&
      object.uses.includes("unwrap") &&
      object.extractable !== true,
  );
}
