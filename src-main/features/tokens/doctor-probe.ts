import { KeysteadError } from "#shared/errors/keystead-error.ts";
import type { TokenKeySpec } from "#shared/models/token.ts";
import { newKeyId } from "./key-id.ts";
import { destroyQuietly, makeKey } from "./make-key.ts";
import { probeName, type Use } from "./mechanism-choice.ts";
import { PUBLIC_VALUE_ATTRIBUTES, type PublicValue, publicValueOf } from "./public-value.ts";
import type { KnownAbilities } from "./token-abilities.ts";
import type { TokenInUse } from "./token-in-use.ts";
import type { Attributes, ObjectHandle } from "./token-port.ts";

/** One thing the doctor tries. `run` answers what was seen, and throws a `KeysteadError` when it does not work. */
export interface Probe {
  readonly name: string;
  /** Mechanisms that the library must list for it. */
  readonly needs: readonly string[];
  run(token: TokenInUse): Promise<string>;
  /** What the result says about choices made elsewhere. */
  learn?(abilities: KnownAbilities, works: boolean): void;
}

export const SESSION_ONLY: Attributes = { CKA_TOKEN: false };

interface Pair {
  readonly privateKey: ObjectHandle;
  readonly value: PublicValue;
}

/** A key pair of this session, gone when `work` is over. */
export async function withPair<T>(token: TokenInUse, spec: TokenKeySpec, work: (pair: Pair) => Promise<T>): Promise<T> {
  const wish = { spec, label: "keystead-doctor", keyId: newKeyId(), extractable: false, purpose: "general" } as const;
  const handles = await makeKey(token, wish, SESSION_ONLY);
  try {
    const [privateKey, publicKey] = handles;
    const value = publicValueOf(
      await token.module.read(token.slot.slotId, publicKey ?? privateKey, PUBLIC_VALUE_ATTRIBUTES),
    );
    if (value === undefined) throw broken("the public half of a key just made cannot be read");
    return await work({ privateKey, value });
  } finally {
    await destroyQuietly(token, handles);
  }
}

export function broken(what: string): KeysteadError {
  return new KeysteadError("tokens/mechanism-broken", `It is listed and does not work: ${what}.`);
}

/** For `learn`: what is tried under this name is believed elsewhere. */
export const learning = (mechanism: string, use: Use) => (abilities: KnownAbilities, works: boolean) =>
  void abilities.probed.set(probeName(mechanism, use), works);
