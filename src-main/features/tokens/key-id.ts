import { randomBytes } from "#main/crypto/random.ts";
import type { TokenObject } from "#shared/models/token.ts";

const BYTES = 20;

/**
 * A CKA_ID (hex) for a key to be made: both halves and later the certificate carry it (C33). Random, because the public value
 * is not known before the key is, and some tokens never let an id be changed.
 */
export function newKeyId(): string {
  return randomBytes(BYTES).toString("hex");
}

export interface Linkable {
  readonly class: TokenObject["class"];
  /** CKA_ID, hex; may be empty, forced by the token, or the same for several keys (C34). */
  readonly keyId: string;
  readonly keyType?: string | undefined;
  /** `SHA256:…` of the public value where it is known: of a public key, of a certificate, of an RSA private key. */
  readonly fingerprint?: string | undefined;
}

export interface Link {
  /** Positions of the other half and of certificates of the same key. */
  readonly linked: readonly number[];
  /** Part of a key pair whose counterpart is not to be found: to be shown, never hidden (C34). */
  readonly unlinked: boolean;
  /** The public value, its own or that of what it is linked to. */
  readonly fingerprint: string | undefined;
}

const PAIRED: readonly string[] = ["private-key", "public-key", "certificate"];

/**
 * Which halves and certificates belong together. The public value decides where both sides have one; CKA_ID only where one has
 * none, and only while it leads to a single key: ids are changeable and not unique (C34, C48).
 */
export function linkObjects(objects: readonly Linkable[]): readonly Link[] {
  const byId = Map.groupBy(objects.keys(), (index) => objects[index]?.keyId ?? "");
  const known = objects.map((object, index) => object.fingerprint ?? fromId(objects, index, byId));
  const byValue = Map.groupBy(objects.keys(), (index) => known[index]);
  return objects.map((object, index) => {
    if (!PAIRED.includes(object.class)) return { linked: [], unlinked: false, fingerprint: object.fingerprint };
    // Who shares neither value nor id cannot belong to it: a token may have thousands of objects.
    const value = known[index];
    const near = new Set([
      ...(value === undefined ? [] : (byValue.get(value) ?? [])),
      ...(object.keyId === "" ? [] : (byId.get(object.keyId) ?? [])),
    ]);
    const linked = [...near]
      .sort((a, b) => a - b)
      .filter((at) => at !== index && PAIRED.includes(objects[at]?.class ?? "other"))
      .filter((at) => belongTogether(objects, known, index, at, byId));
    const wanted = object.class === "private-key" ? ["public-key", "certificate"] : ["private-key"];
    const found = linked.some((at) => wanted.includes(objects[at]?.class ?? ""));
    return { linked, unlinked: !found, fingerprint: known[index] };
  });
}

type ById = ReadonlyMap<string, readonly number[]>;

function belongTogether(
  objects: readonly Linkable[],
  known: readonly (string | undefined)[],
  a: number,
  b: number,
  byId: ById,
): boolean {
  const [one, other] = [objects[a], objects[b]];
  if (one === undefined || other === undefined || !sameType(one, other)) return false;
  // Two private keys of one value are copies of each other, not halves.
  if (one.class === other.class && one.class !== "certificate") return false;
  if (known[a] !== undefined && known[b] !== undefined) return known[a] === known[b];
  const alone = (index: number) =>
    sharing(objects, index, byId).filter((at) => objects[at]?.class === objects[index]?.class).length <= 1;
  return one.keyId !== "" && one.keyId === other.keyId && known[a] === known[b] && alone(a) && alone(b);
}

/** The public value of a private key that does not tell it (C35): of its id's public objects, when they agree and it is its only one. */
function fromId(objects: readonly Linkable[], index: number, byId: ById): string | undefined {
  const object = objects[index];
  if (object?.class !== "private-key" || object.keyId === "") return undefined;
  const group = sharing(objects, index, byId).flatMap((at) => objects[at] ?? []);
  if (group.filter((other) => other.class === "private-key").length > 1) return undefined;
  const values = new Set(group.flatMap((other) => other.fingerprint ?? []));
  return values.size === 1 ? [...values][0] : undefined;
}

function sharing(objects: readonly Linkable[], index: number, byId: ById): number[] {
  const object = objects[index];
  return (byId.get(object?.keyId ?? "") ?? []).filter((at) => {
    const other = objects[at];
    return object !== undefined && other !== undefined && PAIRED.includes(other.class) && sameType(other, object);
  });
}

function sameType(a: Linkable, b: Linkable): boolean {
  return a.keyType === undefined || b.keyType === undefined || a.keyType === b.keyType;
}
