import type { DigestName } from "#main/crypto/digest.ts";
import type { PublicParts } from "#main/crypto/public-key.ts";
import { type VerifyScheme, verifySignature } from "#main/crypto/verify.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { chooseSign, type SignPlan, signatureOf, signInput } from "./mechanism-choice.ts";
import type { PublicValue } from "./public-value.ts";
import { abilitiesOf } from "./token-abilities.ts";
import type { OnToken } from "./token-objects.ts";
import type { ObjectHandle } from "./token-port.ts";
import type { TokenInUse } from "./token-service.ts";

/** A private key on a token, with the public value that belongs to it. */
export interface TokenKey {
  readonly handle: ObjectHandle;
  readonly value: PublicValue;
}

/** The private half an object is or belongs to, with its public value from wherever the token has it (C35). */
export function keyBehind(object: OnToken, all: readonly OnToken[]): TokenKey & { readonly object: OnToken } {
  const family = [object, ...object.view.linked.flatMap((ref) => all.find((other) => other.view.ref === ref) ?? [])];
  const own = family.find((member) => member.class === "private-key");
  // A certificate's link may name the public half alone: its other half is one step further.
  const half = own ?? family.flatMap((member) => linkedPrivate(member, all))[0];
  const value = family.find((member) => member.value !== undefined)?.value;
  if (half === undefined || value === undefined)
    throw new KeysteadError(
      "tokens/object-not-found",
      `There is no private key with a known public half for “${object.label}” on the token. Log in first if it is private.`,
      { ref: object.view.ref },
    );
  return { handle: half.handle, value, object: half };
}

function linkedPrivate(object: OnToken, all: readonly OnToken[]): OnToken[] {
  return all.filter((other) => other.class === "private-key" && object.view.linked.includes(other.view.ref));
}

export interface TokenSignature {
  /** As X.509 has it: ECDSA in DER. */
  readonly signature: Buffer;
  readonly scheme: VerifyScheme;
  readonly plan: SignPlan;
}

/** Signs on the token and checks the answer with our own library before anybody relies on it. Errors: mechanism-missing, mechanism-broken. */
export async function signOnToken(
  token: TokenInUse,
  key: TokenKey,
  message: Buffer,
  hash?: DigestName,
): Promise<TokenSignature> {
  const { parts, spki } = key.value;
  const plan = chooseSign(parts, await abilitiesOf(token), hash);
  const [answer] = await token.module.sign(token.slot.slotId, plan.mechanism, key.handle, [signInput(plan, message)]);
  const signature = signatureOf(parts, answer ?? Buffer.alloc(0));
  const scheme = schemeOf(parts, plan);
  if (!verifySignature(spki, scheme, message, signature))
    throw new KeysteadError(
      "tokens/mechanism-broken",
      `What the token signed with ${plan.mechanism.name} is no signature of its own public key. Run the module doctor on its library.`,
      { mechanism: plan.mechanism.name },
    );
  return { signature, scheme, plan };
}

function schemeOf(parts: PublicParts, plan: SignPlan): VerifyScheme {
  const hash = plan.hash ?? "sha256";
  if (parts.type === "ed25519") return { kind: "ed25519" };
  if (parts.type === "rsa") return { kind: "rsa-pkcs1", hash };
  // An ECDSA curve brings its own hash, and none of them is SHA-1.
  return { kind: "ecdsa", hash: hash === "sha1" ? "sha256" : hash, form: "der" };
}
