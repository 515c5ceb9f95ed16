import { CURVES } from "#main/crypto/curves.ts";
import { verifySignature } from "#main/crypto/verify.ts";
import type { Handler } from "#main/dispatch/handlers.ts";
import { isKeysteadError, KeysteadError } from "#shared/errors/keystead-error.ts";
import { objectResource } from "./change-objects.ts";
import { derToRs } from "./ecdsa-signature.ts";
import { findByRef } from "./object-ref.ts";
import { algorithmFor, wishOf } from "./sign-algorithm.ts";
import { chooseSign, type SignWish, signatureOf, signInput, signInputOfDigest } from "./sign-plan.ts";
import { wayToSign } from "./sign-with-pin.ts";
import { abilitiesOf } from "./token-abilities.ts";
import type { TokenInUse } from "./token-in-use.ts";
import { readObjects } from "./token-objects.ts";
import { type PublicHalf, publicHalfOf, schemeOf } from "./token-signing.ts";
import type { TokensParts } from "./tokens-parts.ts";

/**
 * H07. The first signature that a key makes in a certain way is checked before it is handed out; from then on the way has shown
 * that it works, until the key is looked for anew.
 */
export const sign =
  (parts: TokensParts): Handler<"tokens", "sign"> =>
  (params, call) =>
    parts.keysInUse.use(params, async (token, key) => {
      const algorithm = algorithmFor(key.value.parts, params.algorithm);
      const wish = wishOf(algorithm, params.messageType);
      const way = `${algorithm} ${params.messageType}`;
      const proved = key.plans.get(way);
      const plan = proved ?? chooseSign(key.value.parts, await abilitiesOf(token), wish);
      const messages = params.messages.map((message) => Buffer.from(message, "base64"));
      const inputs = messages.map((message) => (wish.digested ? signInputOfDigest : signInput)(plan, message));
      const askToSign = wayToSign(parts, call, "tokens.sign", key.object, params);
      const answers = await askToSign(token, plan.mechanism, key.handle, inputs);
      const signatures = answers.map((answer) => signatureOf(key.value.parts, answer));
      const [message, signature] = [messages[0], signatures[0]];
      if (proved === undefined && message !== undefined && signature !== undefined) {
        if ((await holdsAsFarAsKnown(token, key.publicHalf, { wish, message, signature })) === false)
          throw new KeysteadError(
            "tokens/mechanism-broken",
            `What the token signed with ${plan.mechanism.name} is no signature of its own public key. Run the module doctor on its library.`,
            { mechanism: plan.mechanism.name },
          );
        key.plans.set(way, plan);
      }
      return {
        result: { algorithm, signatures: signatures.map((each) => each.toString("base64")) },
        resource: objectResource(token, key.object),
      };
    });

/** H07. A bad signature is an answer, not an error. Needs no log-in: only the public half is asked for. */
export const verify =
  (parts: TokensParts): Handler<"tokens", "verify"> =>
  (params) =>
    parts.service.shared(params.id, async (token) => {
      const all = await readObjects(token);
      const object = findByRef(params.ref, all);
      const half = publicHalfOf(object, all);
      const algorithm = algorithmFor(half.value.parts, params.algorithm);
      const wish = wishOf(algorithm, params.messageType);
      const message = Buffer.from(params.message, "base64");
      const signature = Buffer.from(params.signature, "base64");
      return {
        result: {
          algorithm,
          valid: await holds(token, half, { wish, message, signature }),
          by: wish.digested ? ("token" as const) : ("keystead" as const),
        },
        resource: objectResource(token, object),
      };
    });

interface Signed {
  readonly wish: SignWish;
  /** Or its digest, as the wish says. */
  readonly message: Buffer;
  readonly signature: Buffer;
}

/** A digest can be checked by the token alone: `undefined` where it has no public half, or, as many a card, does not verify. */
async function holdsAsFarAsKnown(token: TokenInUse, half: PublicHalf, signed: Signed): Promise<boolean | undefined> {
  if (signed.wish.digested && half.handle === undefined) return undefined;
  try {
    return await holds(token, half, signed);
  } catch (error) {
    if (signed.wish.digested && isKeysteadError(error) && error.code === "tokens/mechanism-missing") return undefined;
    throw error;
  }
}

/** Our own library looks where it can; of a digest it cannot tell, so the token does. */
function holds(token: TokenInUse, half: PublicHalf, signed: Signed): Promise<boolean> | boolean {
  const { wish, message, signature } = signed;
  if (wish.digested) return heldByToken(token, half, signed);
  return verifySignature(half.value.spki, schemeOf(half.value.parts, wish), message, signature);
}

async function heldByToken(token: TokenInUse, { handle, value }: PublicHalf, signed: Signed): Promise<boolean> {
  const { wish, message, signature } = signed;
  if (handle === undefined)
    throw new KeysteadError(
      "tokens/object-not-found",
      "The token has no public half of this key, so it cannot check a digest. Give the message instead.",
    );
  const { parts } = value;
  const plan = chooseSign(parts, await abilitiesOf(token), { ...wish, use: "VERIFY" });
  const input = signInputOfDigest(plan, message);
  // Tokens know r || s alone (C40). What is no ECDSA signature at all needs no token to be told so.
  const asToken = parts.type === "ecdsa" ? derToRs(signature, CURVES[parts.curve].scalarBytes) : signature;
  if (asToken === undefined) return false;
  return token.module.verify(token.slot.slotId, plan.mechanism, handle, input, asToken);
}
