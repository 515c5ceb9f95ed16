import { sha256 } from "#main/crypto/hash.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { objectClass, type TokenObject } from "#shared/models/token.ts";

/** What an object is found by again, session after session; handles are not kept. */
export interface ObjectName {
  readonly class: TokenObject["class"];
  /** CKA_ID, hex; may be empty. */
  readonly keyId: string;
  readonly label: string;
  /** `SHA256:…` of the public value: tells objects apart that have all else in common. */
  readonly fingerprint?: string | undefined;
}

export interface ObjectRef {
  readonly class: TokenObject["class"];
  readonly keyId: string;
  readonly label: string;
  readonly mark: string | undefined;
}

/** Foreign labels and ids may be longer than a ref may be; then a digest stands for them. */
const LONGEST_PART = 240;

/**
 * `class:id:label`, e.g. `private-key:0a0b:Backup%3A one`. In the label `%`, `:`, controls and what could be misread are escaped
 * as UTF-8 bytes; other letters stay readable. A fourth part tells twins apart by their public value.
 */
export function refOf(object: ObjectName, twin = false): string {
  const parts = [object.class, shortened(object.keyId), shortened(escaped(object.label))];
  const mark = twin ? markOf(object) : undefined;
  return [...parts, ...(mark === undefined ? [] : [mark])].join(":");
}

/** The refs of everything on a token, in order: twins with different public values get refs that differ. */
export function refsOf(objects: readonly ObjectName[]): readonly string[] {
  const count = new Map<string, number>();
  for (const object of objects) count.set(refOf(object), (count.get(refOf(object)) ?? 0) + 1);
  return objects.map((object) => refOf(object, (count.get(refOf(object)) ?? 0) > 1));
}

/** Error `request/invalid-params` when the text is no ref at all. */
export function parseRef(text: string): ObjectRef {
  const [kind, keyId, label, mark, ...rest] = text.split(":");
  const known = objectClass.safeParse(kind);
  const complete = keyId !== undefined && label !== undefined && rest.length === 0;
  if (!known.success || !complete || !/^(?:(?:[0-9a-f]{2})*|~[0-9a-f]{32})$/.test(keyId) || !isUnescapable(label)) {
    throw new KeysteadError(
      "request/invalid-params",
      "That does not name an object on a token. Take the name from the token's list, such as private-key:0a0b:label.",
    );
  }
  return { class: known.data, keyId, label, mark };
}

/** The one object that `text` names. Errors: object-not-found, object-ambiguous, request/invalid-params. */
export function findByRef<T extends ObjectName>(text: string, objects: readonly T[]): T {
  const ref = parseRef(text);
  const found = objects.filter((object) => matches(ref, object));
  const [first] = found;
  if (first === undefined) {
    throw new KeysteadError(
      "tokens/object-not-found",
      "That object is not on the token, or is seen only after log-in. Look at the token's list again.",
      { ref: text },
    );
  }
  if (found.length > 1) {
    throw new KeysteadError(
      "tokens/object-ambiguous",
      `${found.length} objects on the token have the same class, id and label, so it is not certain which is meant. Give all but one another label with the tool that made them.`,
      { ref: text, count: found.length },
    );
  }
  return first;
}

function matches(ref: ObjectRef, object: ObjectName): boolean {
  if (ref.class !== object.class || ref.keyId !== shortened(object.keyId)) return false;
  if (
    shortened(escaped(unescaped(ref.label))) !== shortened(escaped(object.label)) &&
    ref.label !== shortened(escaped(object.label))
  ) {
    return false;
  }
  return ref.mark === undefined || ref.mark === markOf(object);
}

function markOf(object: ObjectName): string | undefined {
  return object.fingerprint === undefined ? undefined : sha256(object.fingerprint).toString("hex").slice(0, 16);
}

function shortened(part: string): string {
  return part.length <= LONGEST_PART ? part : `~${sha256(part).toString("hex").slice(0, 32)}`;
}

/** A leading `~` is escaped, so that no label looks like a digest. */
function escaped(label: string): string {
  return label.replace(/^~|[%:\p{C}\p{Zl}\p{Zp}]/gu, (character) =>
    [...Buffer.from(character, "utf8")].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join(""),
  );
}

function isUnescapable(label: string): boolean {
  return !/%(?![0-9a-fA-F]{2})/.test(label);
}

/** Someone may type more or fewer escapes than we write. */
function unescaped(label: string): string {
  if (label.startsWith("~")) return label;
  return label.replace(/(?:%[0-9a-fA-F]{2})+/g, (run) => Buffer.from(run.replaceAll("%", ""), "hex").toString("utf8"));
}
