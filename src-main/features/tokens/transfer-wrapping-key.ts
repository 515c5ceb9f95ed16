import { equalBytes } from "#main/crypto/hash.ts";
import { randomSecret } from "#main/crypto/random.ts";
import type { Handler } from "#main/dispatch/handlers.ts";
import { isKeysteadError, KeysteadError } from "#shared/errors/keystead-error.ts";
import { objectResource } from "./change-objects.ts";
import { destroyQuietly } from "./make-key.ts";
import { hashNotSupported } from "./mechanism-choice.ts";
import { findByRef } from "./object-ref.ts";
import { isMadeAndKeptOnToken, protectionOf } from "./protection.ts";
import { foreignWrappingKeyTemplate, unwrapSecretTemplate } from "./templates.ts";
import type { TokenInUse } from "./token-in-use.ts";
import { type OnToken, readObjects } from "./token-objects.ts";
import type { Attributes, Mechanism, ObjectHandle } from "./token-port.ts";
import type { TokenService } from "./token-service.ts";
import { keyBehind, type TokenKey } from "./token-signing.ts";
import type { TokensParts } from "./tokens-parts.ts";
import { sealFormatOf, type WrappingKey, wrappingKeyOf, wrapValue } from "./wrapping-key.ts";

/** H09: two tokens that hold the same wrapping key restore each other's backups. The key crosses only under RSA-OAEP. */
export const transferWrappingKey =
  (parts: TokensParts): Handler<"tokens", "transferWrappingKey"> =>
  (params) => {
    if (params.id === params.toId)
      throw new KeysteadError("request/invalid-params", "Choose another token to transfer the key to.", {
        field: "toId",
      });
    // In one order for every caller, so that two transfers in opposite directions do not wait for each other.
    const [first, second] = [params.id, params.toId].sort();
    const { service } = parts;
    // Alone with the receiver: nobody else puts the same key there meanwhile.
    const inTurn: TokenService["shared"] = (id, work) =>
      id === params.toId ? service.exclusive(id, work) : service.shared(id, work);
    return inTurn(first ?? params.id, (one) =>
      inTurn(second ?? params.toId, async (other) => {
        const [from, to] = one.id === params.id ? [one, other] : [other, one];
        await parts.service.logins.requireUser(from);
        await parts.service.logins.requireUser(to);
        const wrapping = await wrappingKeyOf(from, params.ref, await readObjects(from));
        assertMayLeave(wrapping.object);
        const there = await readObjects(to);
        const receiver = receiverOf(params.toRef, there);
        if (there.some(({ class: kind, keyId }) => kind === "secret-key" && keyId === wrapping.object.keyId))
          throw new KeysteadError("tokens/object-ambiguous", `“${to.info.label}” has a key with this id already.`, {
            keyId: wrapping.object.keyId,
          });
        const handle = await carry(wrapping, to, receiver, params.acceptSha1);
        const undo = () => destroyQuietly(to, [handle]);
        try {
          const object = (await readObjects(to)).find((candidate) => candidate.handle === handle);
          if (object === undefined) throw new TypeError("an object just made is not listed");
          await assertSame(wrapping, await wrappingKeyOf(to, object.view.ref, [object]));
          return {
            result: { object: object.view },
            resource: objectResource(to, object),
            status: "warning",
            undo,
            changed: ["tokens"],
          };
        } catch (error) {
          await undo();
          throw error;
        }
      }),
    );
  };

function assertMayLeave(object: OnToken): void {
  if (object.attributes.CKA_EXTRACTABLE === true) return;
  throw new KeysteadError(
    "tokens/key-stays",
    `“${object.label}” was made never to leave its token. Make a new wrapping key that may, and back up with that one.`,
    { ref: object.view.ref },
  );
}

/** Made there and never readable: or the wrapping key would be as exposed as the RSA key that received it. */
function receiverOf(ref: string, there: readonly OnToken[]): TokenKey & { readonly object: OnToken } {
  const key = keyBehind(findByRef(ref, there), there);
  const { attributes } = key.object;
  if (key.value.parts.type !== "rsa" || attributes.CKA_UNWRAP !== true)
    throw new KeysteadError(
      "tokens/not-permitted",
      "The receiving key must be an RSA key with the purpose “wrap”. Make one on that token.",
      { ref },
    );
  // A key that wraps and decrypts would give what it received to anyone who may use it.
  if (attributes.CKA_DECRYPT === true)
    throw new KeysteadError(
      "tokens/not-permitted",
      "The receiving RSA key decrypts as well, so the wrapping key could be read by whoever uses it. Make one with the purpose “wrap” on that token.",
      { ref },
    );
  if (!isMadeAndKeptOnToken(protectionOf(attributes)))
    throw new KeysteadError(
      "tokens/not-permitted",
      "The receiving RSA key was not made on that token, or could once be read or leave it: whoever has it could read the wrapping key. Make a new one there.",
      { ref },
    );
  return key;
}

type OaepHash = "sha1" | "sha256";

const oaep = (hash: OaepHash): Mechanism => ({ name: "CKM_RSA_PKCS_OAEP", parameter: { kind: "oaep", hash } });

/** With the best hash that both tokens do; which one that is, is found out by trying (C42). */
async function carry(
  { token: from, object }: WrappingKey,
  to: TokenInUse,
  receiver: TokenKey,
  acceptSha1: boolean,
): Promise<ObjectHandle> {
  const { parts } = receiver.value;
  if (parts.type !== "rsa") throw new TypeError("the receiver is an RSA key");
  const foreign = await from.module.createObject(from.slot.slotId, foreignWrappingKeyTemplate(parts));
  try {
    let refusal: KeysteadError | undefined;
    const hashes: readonly OaepHash[] = acceptSha1 ? ["sha256", "sha1"] : ["sha256"];
    for (const hash of hashes) {
      try {
        const wrapped = await from.module.wrapKey(from.slot.slotId, oaep(hash), foreign, object.handle);
        return await receive(to, receiver, oaep(hash), wrapped, object);
      } catch (error) {
        if (!isKeysteadError(error) || error.kind !== "conflict") throw error;
        refusal = error;
      }
    }
    throw refusal?.code === "tokens/hash-not-supported" && !acceptSha1 ? hashNotSupported() : refusal;
  } finally {
    await destroyQuietly(from, [foreign]);
  }
}

async function receive(
  to: TokenInUse,
  receiver: TokenKey,
  mechanism: Mechanism,
  wrapped: Buffer,
  object: OnToken,
): Promise<ObjectHandle> {
  const wish = { label: object.label, keyId: object.keyId, extractable: true, purpose: "wrap" } as const;
  const bytes = object.attributes.CKA_VALUE_LEN;
  const put = (template: Attributes) =>
    to.module.unwrapKey(to.slot.slotId, mechanism, receiver.handle, wrapped, template);
  try {
    return await put(unwrapSecretTemplate(wish));
  } catch (error) {
    // Some tokens want the length, others refuse it.
    if (!isKeysteadError(error) || error.code !== "tokens/not-permitted" || typeof bytes !== "number") throw error;
    return put(unwrapSecretTemplate(wish, bytes));
  }
}

/** The proof: both tokens wrap the same random value to the same bytes. */
async function assertSame(here: WrappingKey, there: WrappingKey): Promise<void> {
  const format = sealFormatOf(there.abilities);
  using value = randomSecret(32);
  const [a, b] = [await wrapValue(here, format, value), await wrapValue(there, format, value)];
  if (!equalBytes(a, b))
    throw new KeysteadError(
      "tokens/mechanism-broken",
      "The key that arrived is not the one that was sent, so it was deleted again. Run the module doctor on both libraries.",
    );
}
