import { objectClass, type TokenObject } from "#shared/models/token.ts";
import { certificateFacts } from "./certificate-facts.ts";
import type { TokenCurve } from "./ec-params.ts";
import { linkObjects } from "./key-id.ts";
import { refsOf } from "./object-ref.ts";
import { PROTECTION_ATTRIBUTES, protectionOf, USE_ATTRIBUTES, usesOf } from "./protection.ts";
import { curveOf, type PublicValue, publicValueOf, publicValueOfCertificate } from "./public-value.ts";
import type { TokenInUse } from "./token-in-use.ts";
import { CKK, CKO, keyTypeName, objectClassOf } from "./token-numbers.ts";
import type { Attributes, FoundObject, FurtherAttributes, ObjectHandle } from "./token-port.ts";

/** An object of this moment; its handle is good until the token goes and is never kept. */
export interface OnToken {
  readonly handle: ObjectHandle;
  readonly attributes: Attributes;
  readonly class: TokenObject["class"];
  readonly label: string;
  /** CKA_ID, hex. */
  readonly keyId: string;
  /** A public value of its own; a private EC key's is read from its public half (C35). */
  readonly value: PublicValue | undefined;
  readonly fingerprint: string | undefined;
  readonly view: TokenObject;
}

const COMMON = ["CKA_CLASS", "CKA_LABEL", "CKA_ID", "CKA_MODIFIABLE"];
const KEY = ["CKA_KEY_TYPE", "CKA_LOCAL", "CKA_DERIVE"];
const PRIVATE = [
  ...new Set([...KEY, ...PROTECTION_ATTRIBUTES]),
  "CKA_SIGN",
  "CKA_DECRYPT",
  "CKA_UNWRAP",
  "CKA_ALWAYS_AUTHENTICATE",
];
const PUBLIC = [...KEY, "CKA_VERIFY", "CKA_ENCRYPT", "CKA_WRAP"];
const SECRET = [...new Set([...KEY, ...PROTECTION_ATTRIBUTES, ...USE_ATTRIBUTES]), "CKA_VALUE_LEN"];
const RSA = ["CKA_MODULUS", "CKA_PUBLIC_EXPONENT"];

/** One search for all; each kind of object is then asked for just what it has: a refused attribute costs calls of its own. */
const FURTHER: readonly FurtherAttributes[] = [
  { where: { CKA_CLASS: CKO.privateKey }, attributes: PRIVATE },
  { where: { CKA_CLASS: CKO.publicKey }, attributes: PUBLIC },
  { where: { CKA_CLASS: CKO.secretKey }, attributes: SECRET },
  { where: { CKA_CLASS: CKO.certificate }, attributes: ["CKA_VALUE"] },
  { where: { CKA_KEY_TYPE: CKK.rsa }, attributes: RSA },
  ...[CKK.ec, CKK.edwards].flatMap((type) => [
    { where: { CKA_CLASS: CKO.privateKey, CKA_KEY_TYPE: type }, attributes: ["CKA_EC_PARAMS"] },
    { where: { CKA_CLASS: CKO.publicKey, CKA_KEY_TYPE: type }, attributes: ["CKA_EC_PARAMS", "CKA_EC_POINT"] },
  ]),
];

/** Everything on the token that may be seen now: private objects only while its user is logged in. */
export async function readObjects({ module, slot }: TokenInUse): Promise<readonly OnToken[]> {
  return describe(await module.find(slot.slotId, { CKA_TOKEN: true }, COMMON, FURTHER));
}

export function describe(found: readonly FoundObject[]): readonly OnToken[] {
  const bare = found.map(({ handle, attributes }) => {
    const kind = objectClassOf(attributes.CKA_CLASS);
    const value = publicValueIn(kind, attributes);
    return {
      handle,
      attributes,
      class: kind,
      label: typeof attributes.CKA_LABEL === "string" ? attributes.CKA_LABEL : "",
      keyId: Buffer.isBuffer(attributes.CKA_ID) ? attributes.CKA_ID.toString("hex") : "",
      value,
      fingerprint: value?.fingerprint,
      keyType: keyTypeName(attributes.CKA_KEY_TYPE),
    };
  });
  // By name, halves of a pair one after the other: a token's own order means nothing.
  bare.sort((a, b) => a.label.localeCompare(b.label) || rank(a) - rank(b) || (a.keyId < b.keyId ? -1 : 1));
  const links = linkObjects(bare);
  const marked = bare.map((object, index) => ({ ...object, fingerprint: links[index]?.fingerprint }));
  const refs = refsOf(marked);
  return marked.map((object, index) => {
    const linked = (links[index]?.linked ?? []).map((at) => refs[at] ?? "");
    return { ...object, view: viewOfObject(object, refs[index] ?? "", linked) };
  });
}

/** C25: being logged in is not enough for it. */
export const wantsPinEachTime = ({ attributes }: Pick<OnToken, "attributes">): boolean =>
  attributes.CKA_ALWAYS_AUTHENTICATE === true;

const rank = (object: { readonly class: TokenObject["class"] }): number => objectClass.options.indexOf(object.class);

function publicValueIn(kind: TokenObject["class"], attributes: Attributes): PublicValue | undefined {
  if (kind !== "certificate") return publicValueOf(attributes);
  const der = attributes.CKA_VALUE;
  return Buffer.isBuffer(der) ? publicValueOfCertificate(der) : undefined;
}

const CURVE_FACTS: Readonly<Record<TokenCurve, readonly [name: string, bits: number]>> = {
  nistp256: ["P-256", 256],
  nistp384: ["P-384", 384],
  nistp521: ["P-521", 521],
  secp256k1: ["secp256k1", 256],
  ed25519: ["Ed25519", 256],
  ed448: ["Ed448", 448],
  x25519: ["X25519", 256],
  x448: ["X448", 448],
};

function viewOfObject(
  object: Omit<OnToken, "view"> & { readonly keyType: string | undefined },
  ref: string,
  linked: string[],
): TokenObject {
  const { attributes } = object;
  const curve = curveOf(attributes);
  const der = object.class === "certificate" ? attributes.CKA_VALUE : undefined;
  const view: { -readonly [K in keyof TokenObject]: TokenObject[K] | undefined } = {
    ref,
    class: object.class,
    label: object.label,
    keyId: object.keyId,
    keyType: object.keyType,
    bits: curve === undefined ? bitsOf(object) : CURVE_FACTS[curve][1],
    curve: curve === undefined ? undefined : CURVE_FACTS[curve][0],
    uses: usesOf(attributes),
    ...protectionOf(attributes),
    pinEachTime: wantsPinEachTime({ attributes }) || undefined,
    linked,
    fingerprint: object.fingerprint,
    certificate: Buffer.isBuffer(der) ? certificateFacts(der) : undefined,
  };
  return Object.fromEntries(Object.entries(view).filter(([, value]) => value !== undefined)) as TokenObject;
}

/** Bytes of a secret key: far more than any has. */
const LONGEST_SECRET = 1 << 20;

function bitsOf(object: Pick<OnToken, "attributes" | "value">): number | undefined {
  const { CKA_VALUE_LEN: length, CKA_MODULUS: modulus } = object.attributes;
  if (object.value !== undefined) return object.value.bits;
  // SoftHSM gives 0 for keys that it has unwrapped; a broken library numbers that no secret has and no answer carries.
  if (typeof length === "number") return length > 0 && length <= LONGEST_SECRET ? length * 8 : undefined;
  return Buffer.isBuffer(modulus) ? modulus.length * 8 : undefined;
}
