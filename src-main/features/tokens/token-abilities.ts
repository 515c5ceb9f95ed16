import { randomId, randomSecret } from "#main/crypto/random.ts";
import type { SecretBytes } from "#main/crypto/secret-bytes.ts";
import { isKeysteadError } from "#shared/errors/keystead-error.ts";
import { type Abilities, probeName, type Use, WRAPS } from "./mechanism-choice.ts";
import type { TokenInUse } from "./token-in-use.ts";
import { CKK, CKO } from "./token-numbers.ts";
import type { MechanismInfo, ObjectHandle } from "./token-port.ts";
import { recogniseWrapped, type WrappedFormat } from "./wrapped-content.ts";

/** What one token can do: its list, and what was tried on it while its library's process has run. */
export interface KnownAbilities extends Abilities {
  readonly mechanisms: readonly MechanismInfo[];
  readonly probed: Map<string, boolean>;
  readonly wrapped: Map<string, WrappedFormat>;
}

const known = new WeakMap<object, Map<string, KnownAbilities>>();

/** By token and by process: another firmware comes with another start at the latest. */
export async function abilitiesOf(token: TokenInUse): Promise<KnownAbilities> {
  let ofModule = known.get(token.module);
  if (ofModule === undefined) {
    ofModule = new Map();
    known.set(token.module, ofModule);
  }
  const key = `${token.id} ${token.module.generation}`;
  let abilities = ofModule.get(key);
  if (abilities === undefined) {
    abilities = { mechanisms: await token.module.mechanisms(token.slot.slotId), probed: new Map(), wrapped: new Map() };
    ofModule.set(key, abilities);
  }
  return abilities;
}

export function lists(abilities: Abilities, mechanism: string, use?: string): boolean {
  return abilities.mechanisms.some(
    ({ name, flags }) => name === mechanism && (use === undefined || flags.includes(use)),
  );
}

/** Runs a trial; `false` when the token refuses, whatever it says. A token that has gone is no answer. */
export async function tries(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (isKeysteadError(error) && !GONE.includes(error.code)) return false;
    throw error;
  }
}

const GONE: readonly string[] = [
  "tokens/removed",
  "tokens/not-present",
  "tokens/module-crashed",
  "tokens/module-hung",
  "tokens/not-logged-in",
  "vault/locked",
];

/** An AES key of this session alone, whose value we know. Some tokens take none from outside (C45): then `undefined`. */
export async function throwAwayAesKey(
  token: TokenInUse,
  value: SecretBytes,
  uses: Readonly<Record<string, boolean>>,
): Promise<ObjectHandle | undefined> {
  const template = {
    CKA_CLASS: CKO.secretKey,
    CKA_KEY_TYPE: CKK.aes,
    CKA_TOKEN: false,
    CKA_PRIVATE: true,
    CKA_SENSITIVE: false,
    CKA_EXTRACTABLE: true,
    CKA_LABEL: `keystead-probe-${randomId().slice(0, 8)}`,
    CKA_VALUE: Buffer.from(value.reveal()),
    ...uses,
  };
  let made: ObjectHandle | undefined;
  await tries(async () => {
    made = await token.module.createObject(token.slot.slotId, template);
  });
  return made;
}

/**
 * C41, C43: which of the AES key wraps work, and what they make, found out with throw-away keys of this session. The user must
 * be logged in.
 */
export async function probeWrapping(token: TokenInUse): Promise<KnownAbilities> {
  const abilities = await abilitiesOf(token);
  const open = WRAPS.filter((name) => lists(abilities, name) && !abilities.probed.has(probeName(name, "WRAP")));
  if (open.length === 0) return abilities;
  using wrappingValue = randomSecret(32);
  using value = randomSecret(32);
  const wrapping = await throwAwayAesKey(token, wrappingValue, { CKA_WRAP: true, CKA_UNWRAP: true });
  const inner = await throwAwayAesKey(token, value, { CKA_ENCRYPT: true });
  try {
    if (wrapping === undefined || inner === undefined) return abilities;
    for (const name of open) await probeOne(token, abilities, name, { wrapping, inner, wrappingValue, value });
  } finally {
    for (const handle of [wrapping, inner])
      if (handle !== undefined) await tries(() => token.module.destroyObject(token.slot.slotId, handle));
  }
  return abilities;
}

async function probeOne(
  token: TokenInUse,
  abilities: KnownAbilities,
  name: string,
  keys: {
    readonly wrapping: ObjectHandle;
    readonly inner: ObjectHandle;
    readonly wrappingValue: SecretBytes;
    readonly value: SecretBytes;
  },
): Promise<void> {
  const { module, slot } = token;
  const record = (use: Use, works: boolean) => abilities.probed.set(probeName(name, use), works);
  let wrapped: Buffer | undefined;
  record(
    "WRAP",
    await tries(async () => {
      wrapped = await module.wrapKey(slot.slotId, { name }, keys.wrapping, keys.inner);
    }),
  );
  if (wrapped === undefined) return;
  const format = recogniseWrapped(keys.wrappingValue, keys.value, wrapped);
  if (format !== undefined) abilities.wrapped.set(name, format);
  // A wrap nobody can read is none: it would be found out on the day of the restore.
  else record("WRAP", false);
  const bytes = wrapped;
  const template = {
    CKA_CLASS: CKO.secretKey,
    CKA_KEY_TYPE: CKK.aes,
    CKA_TOKEN: false,
    CKA_PRIVATE: true,
    CKA_EXTRACTABLE: true,
    CKA_SENSITIVE: false,
  };
  let back: ObjectHandle | undefined;
  const works = await tries(async () => {
    back = await module.unwrapKey(slot.slotId, { name }, keys.wrapping, bytes, template);
  });
  record("UNWRAP", works);
  const made = back;
  if (made !== undefined) await tries(() => module.destroyObject(slot.slotId, made));
}
