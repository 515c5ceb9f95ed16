import { CURVES } from "#main/crypto/curves.ts";
import type { DigestName } from "#main/crypto/digest.ts";
import type { PublicParts } from "#main/crypto/public-key.ts";
import { type VerifyScheme, verifySignature } from "#main/crypto/verify.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import type { PublicValue } from "./public-value.ts";
import { chooseSign, pssSaltLength, type SignPlan, type SignWish, signatureOf, signInput } from "./sign-plan.ts";
import { type AskToSign, signAsLoggedIn } from "./sign-with-pin.ts";
import { abilitiesOf } from "./token-abilities.ts";
import type { TokenInUse } from "./token-in-use.ts";
import type { OnToken } from "./token-objects.ts";
import type { ObjectHandle } from "./token-port.ts";

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

/** The public half an object is or belongs to. `handle` is absent where only another object tells its value. */
export interface PublicHalf {
  readonly handle: ObjectHandle | undefined;
  readonly value: PublicValue;
}

/** Error `tokens/object-not-found`. */
export function publicHalfOf(object: OnToken, all: readonly OnToken[]): PublicHalf {
  const family = [object, ...all.filter(({ view }) => object.view.linked.includes(view.ref))];
  const value = family.find((member) => member.value !== undefined)?.value;
  if (value === undefined)
    throw new KeysteadError("tokens/object-not-found", `“${object.label}” has no public half that can be read.`, {
      ref: object.view.ref,
    });
  return { handle: family.find((member) => member.class === "public-key")?.handle, value };
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
  askToSign: AskToSign = signAsLoggedIn,
): Promise<TokenSignature> {
  const { parts, spki } = key.value;
  const plan = chooseSign(parts, await abilitiesOf(token), { hash });
  const [answer] = await askToSign(token, plan.mechanism, key.handle, [signInput(plan, message)]);
  const signature = signatureOf(parts, answer ?? Buffer.alloc(0));
  const scheme = schemeOf(parts, { hash: plan.hash });
  if (!verifySignature(spki, scheme, message, signature))
    throw new KeysteadError(
      "tokens/mechanism-broken",
      `What the token signed with ${plan.mechanism.name} is no signature of its own public key. Run the module doctor on its library.`,
      { mechanism: plan.mechanism.name },
    );
  return { signature, scheme, plan };
}

/** How our own library checks what was signed so. An ECDSA curve brings its own hash, and none of them is SHA-1. */
export function schemeOf(parts: PublicParts, { hash = "sha256", pss = false }: SignWish): VerifyScheme {
  if (parts.type === "ed25519") return { kind: "ed25519" };
  if (parts.type === "ecdsa") return { kind: "ecdsa", hash: CURVES[parts.curve].hash, form: "der" };
  if (pss && hash !== "sha1") return { kind: "rsa-pss", hash, saltLength: pssSaltLength(hash) };
  return { kind: "rsa-pkcs1", hash };
}
