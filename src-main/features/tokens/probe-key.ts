import { randomBytes } from "#main/crypto/random.ts";
import { verifySignature } from "#main/crypto/verify.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import type { TokenKeySpec } from "#shared/models/token.ts";
import { newKeyId } from "./key-id.ts";
import { destroyQuietly, makeKey } from "./make-key.ts";
import { PUBLIC_VALUE_ATTRIBUTES, publicValueOf } from "./public-value.ts";
import { abilitiesOf, lists } from "./token-abilities.ts";
import type { TokenInUse } from "./token-in-use.ts";
import { signOnToken } from "./token-signing.ts";

const PROBE_LABEL = "keystead-probe";

/** In the order of time they take. */
const KINDS: readonly { readonly spec: TokenKeySpec; readonly needs: string }[] = [
  { spec: "ecdsa-p256", needs: "CKM_EC_KEY_PAIR_GEN" },
  { spec: "rsa-2048", needs: "CKM_RSA_PKCS_KEY_PAIR_GEN" },
];

/**
 * C21: a token is ready when it has made a key, signed with it so that somebody else's library is convinced, and deleted it
 * again. The key is a lasting one: a token that cannot store is not ready either. The user must be logged in.
 */
export async function proveWithProbeKey(token: TokenInUse): Promise<string> {
  const abilities = await abilitiesOf(token);
  const kind = KINDS.find(({ needs }) => lists(abilities, needs, "GENERATE_KEY_PAIR"));
  if (kind === undefined)
    throw new KeysteadError(
      "tokens/mechanism-missing",
      "The token makes neither EC nor RSA keys, so nothing proves that it works. Its maker's own tool may put keys on it.",
    );
  const wish = {
    spec: kind.spec,
    label: PROBE_LABEL,
    keyId: newKeyId(),
    extractable: false,
    purpose: "general",
  } as const;
  const handles = await makeKey(token, wish);
  const [privateHalf, publicHalf] = handles;
  try {
    const attributes = await token.module.read(token.slot.slotId, publicHalf ?? privateHalf, PUBLIC_VALUE_ATTRIBUTES);
    const value = publicValueOf(attributes);
    if (value === undefined)
      throw new KeysteadError(
        "tokens/mechanism-broken",
        "The token made a key whose public half cannot be read. Run the module doctor on its library.",
        { spec: kind.spec },
      );
    const message = randomBytes(64);
    const { signature, scheme } = await signOnToken(token, { handle: privateHalf, value }, message);
    message[0] = (message[0] ?? 0) ^ 1;
    if (verifySignature(value.spki, scheme, message, signature)) throw new TypeError("a verification that accepts all");
    return `A key (${kind.spec}) made on it signed, the signature held, over changed data it did not, and the key is deleted.`;
  } finally {
    await destroyQuietly(token, handles);
  }
}
