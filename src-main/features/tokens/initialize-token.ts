import type { SecretBytes } from "#main/crypto/secret-bytes.ts";
import type { WritableDb } from "#main/database/brands.ts";
import type { Call, Handler } from "#main/dispatch/handlers.ts";
import { assertTokenMayGo, hasToken, type OpenVault } from "#main/features/vault/index.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { Initialisation, type Initialised } from "./initialisation.ts";
import { assertConfirmed, isFresh } from "./initialisation-steps.ts";
import { factsOf } from "./manage-instances.ts";
import { assertPossiblePin } from "./pin-attempt.ts";
import { assertSettablePin, encodePin } from "./pin-policy.ts";
import { isSameCard } from "./token-identity.ts";
import type { TokenInUse } from "./token-in-use.ts";
import { assertTokenLabel } from "./token-label.ts";
import type { TokenInfo, TokenMarks } from "./token-port.ts";
import { clearPinFailures, deleteInstance, findInstance, keypairsOn, saveInstance } from "./token-repository.ts";
import type { TokenService } from "./token-service.ts";
import { type TokensParts, tokenResource } from "./tokens-parts.ts";

export interface InitialiseWish {
  readonly label: string;
  readonly soPin: SecretBytes;
  readonly userPin: SecretBytes;
  /** What was typed to confirm (C17). */
  readonly confirm: string;
}

/** H04, also for each token of a series. Alone with the token from the first look at it until what became of it is on record. */
export function initialiseToken(
  parts: TokensParts,
  call: Call,
  id: string,
  wish: InitialiseWish,
): Promise<Initialised> {
  const inTurn = async (token: TokenInUse): Promise<Initialised> => {
    assertTokenMayGo(call.vault.header, token.info);
    assertNoWayIn(call.vault.header, token.info);
    assertMayBegin(parts, token, wish);
    await assertNoKeypairs(call, token);
    return withLabel(parts.service, wish.label, () => new Initialisation(parts, call, token, wish).run());
  };
  return parts.service.exclusive(id, inTurn, call.settled);
}

/** Everything that can be refused before the token is touched. */
function assertMayBegin(parts: TokensParts, token: TokenInUse, wish: InitialiseWish): void {
  const { info, id } = token;
  if (info.flags.includes("WRITE_PROTECTED"))
    throw new KeysteadError("tokens/write-protected", "This token is write-protected and cannot be initialised.", {
      id,
    });
  if (info.flags.includes("PROTECTED_AUTHENTICATION_PATH"))
    throw new KeysteadError(
      "tokens/pin-pad",
      `The PINs of “${info.label}” are typed on the reader itself, which Keystead cannot ask for yet. Use a reader without a PIN pad.`,
      { id },
    );
  if (info.manufacturer === "Mozilla Foundation")
    throw new KeysteadError(
      "tokens/not-permitted",
      "A key database of NSS has no security officer: it would be erased whatever SO PIN is given, and could not be made ready here. Use certutil, or Firefox itself.",
      { id },
    );
  assertTokenLabel(wish.label);
  assertConfirmed(info, wish.confirm);
  const twin = parts.service.present().find((other) => other.id !== id && other.info.label === wish.label);
  if (twin !== undefined)
    throw new KeysteadError(
      "tokens/label-taken",
      `Another token that is in is labelled “${wish.label}” already (serial ${twin.info.serial}). Choose another label.`,
      { label: wish.label, serial: twin.info.serial },
    );
  const text = (pin: SecretBytes) => pin.reveal().toString("utf8");
  // C19: what is set must be fit to be one; what is there already can only be right or wrong.
  if (isFresh(info)) assertSettablePin(text(wish.soPin), info);
  else assertPossiblePin(wish.soPin, info);
  assertSettablePin(text(wish.userPin), info);
  if (wish.userPin.equals(wish.soPin))
    throw new KeysteadError(
      "tokens/pin-refused",
      "SO PIN and user PIN must not be the same. Choose another user PIN.",
      { id },
    );
}

/**
 * A slot whose key is erased would go on counting as a way in, and the next change of ways in could take the last one that works.
 * Error: `tokens/last-way-in`.
 */
function assertNoWayIn({ slots }: OpenVault["header"], info: TokenInfo): void {
  const slot = slots.filter(hasToken).find(({ token }) => isSameCard(token, info) || hasSameMarks(token, info));
  if (slot === undefined) return;
  throw new KeysteadError(
    "tokens/last-way-in",
    `${slot.userName} opens this vault with the token “${info.label}”. Nothing was erased; remove it as an administrator first, or initialise another token.`,
    { slotId: slot.id, userName: slot.userName },
  );
}

/** For tokens without a serial of their own, which `isSameCard` cannot tell apart. */
const hasSameMarks = (one: TokenMarks, other: TokenMarks): boolean =>
  (["manufacturer", "model", "serial", "label"] as const).every((mark) => one[mark] === other[mark]);

/** Labels that tokens are getting at this moment: until they are read anew, no look shows them. */
const labelsAt = new WeakMap<TokenService, Set<string>>();

/** C29: two tokens under one label are a trap, also where both get it at once. Error: `tokens/label-taken`. */
async function withLabel<T>(service: TokenService, label: string, work: () => Promise<T>): Promise<T> {
  const labels = labelsAt.get(service) ?? new Set<string>();
  labelsAt.set(service, labels);
  if (labels.has(label))
    throw new KeysteadError(
      "tokens/label-taken",
      `Another token is being labelled “${label}” at this moment. Choose another label.`,
      { label },
    );
  labels.add(label);
  try {
    return await work();
  } finally {
    labels.delete(label);
  }
}

const NAMED_MOST = 5;

/**
 * Erased with the token, a private half is gone, and with it the way into every server that is bound to it. That is decided where
 * a key pair is deleted, which asks about those servers. Error: `keypairs/in-use`.
 */
async function assertNoKeypairs({ vault, session }: Call, token: TokenInUse): Promise<void> {
  const { info } = token;
  if (isFresh(info)) return;
  const pairs = await keypairsOn(vault.read, token);
  if (pairs.length === 0) return;
  const visible = pairs.filter((pair) => pair.scope === "account" || pair.ownerId === session.userId);
  const named = visible.slice(0, NAMED_MOST).map(({ name }) => `“${name}”`);
  // What another user keeps private has no name here; that it is there has to be said.
  const further = pairs.length - named.length;
  if (further > 0) named.push(`${further} ${named.length === 0 ? "of other users" : "more"}`);
  throw new KeysteadError(
    "keypairs/in-use",
    `“${info.label}” holds the private halves of key pairs of this vault: ${named.join(", ")}. Nothing was erased; delete these key pairs first, or initialise another token.`,
    { keypairs: visible.map(({ name }) => name) },
  );
}

export const initialize =
  (parts: TokensParts): Handler<"tokens", "initialize"> =>
  async (params, call) => {
    using soPin = encodePin(params.soPin);
    using userPin = encodePin(params.userPin);
    const wish = { label: params.label, soPin, userPin, confirm: params.confirm };
    const done = await initialiseToken(parts, call, params.id, wish);
    return {
      result: { token: done.view, steps: [...done.steps], erased: [...done.erased] },
      resource: tokenResource(done.view),
      change: (tx) => rememberInitialised(tx, call.clock.now(), params.id, done),
      status: "warning",
      changed: ["tokens"],
    };
  };

/** One that was registered stays so, under its new label, and under its new id where it draws one; the counts of wrong PINs begin anew. */
export async function rememberInitialised(
  tx: WritableDb,
  now: number,
  oldId: string,
  done: Initialised,
): Promise<void> {
  for (const id of new Set([done.token.id, oldId])) await clearPinFailures(tx, id, ["user", "so"]);
  const instance = (await findInstance(tx, done.token.id)) ?? (await findInstance(tx, oldId));
  if (instance === undefined) return;
  // A name stands once.
  if (instance.tokenId !== done.token.id) await deleteInstance(tx, instance.tokenId);
  const status = instance.name === null ? "to-be-activated" : "running";
  await saveInstance(tx, { ...instance, ...factsOf(done.token, now), status });
}
