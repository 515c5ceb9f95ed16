import { isKeysteadError } from "#shared/errors/keystead-error.ts";
import { type Generation, generationsOf, type KeyWish } from "./templates.ts";
import type { TokenInUse } from "./token-in-use.ts";
import type { Attributes, ObjectHandle } from "./token-port.ts";

/** Refusals that another way of naming the curve may avoid. */
const TRY_NEXT: readonly string[] = ["tokens/not-permitted", "tokens/mechanism-missing", "tokens/failed"];

/**
 * Makes a key on the token, in the first form it takes. The private or secret half stands first. `overrides` go into every
 * template: `{ CKA_TOKEN: false }` for a key of this session alone. The user must be logged in.
 */
export async function makeKey(
  token: TokenInUse,
  wish: KeyWish,
  overrides: Attributes = {},
): Promise<readonly [ObjectHandle, ...ObjectHandle[]]> {
  const forms = generationsOf(wish);
  for (const [index, form] of forms.entries()) {
    try {
      return await generate(token, form, overrides);
    } catch (error) {
      const last = index === forms.length - 1;
      if (last || !isKeysteadError(error) || !TRY_NEXT.includes(error.code)) throw error;
    }
  }
  throw new TypeError("a key has at least one form");
}

async function generate(
  { module, slot }: TokenInUse,
  form: Generation,
  overrides: Attributes,
): Promise<readonly [ObjectHandle, ...ObjectHandle[]]> {
  if (form.kind === "secret")
    return [await module.generateKey(slot.slotId, form.mechanism, { ...form.template, ...overrides })];
  const pair = await module.generateKeyPair(
    slot.slotId,
    form.mechanism,
    { ...form.publicTemplate, ...overrides },
    { ...form.privateTemplate, ...overrides },
  );
  return [pair.privateKey, pair.publicKey];
}

/** Takes back what was made. What the token has lost by itself is gone as wished. */
export async function destroyQuietly(token: TokenInUse, handles: readonly ObjectHandle[]): Promise<void> {
  for (const handle of handles) {
    try {
      await token.module.destroyObject(token.slot.slotId, handle);
    } catch (error) {
      if (!isKeysteadError(error)) throw error;
    }
  }
}
