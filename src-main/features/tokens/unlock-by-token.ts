import type { SecretBytes } from "#main/crypto/secret-bytes.ts";
import type { SlotWithToken, TokenSlotOpener } from "#main/features/vault/index.ts";
import { isKeysteadError, KeysteadError } from "#shared/errors/keystead-error.ts";
import { assertPossiblePin, mayHaveCounted } from "./pin-attempt.ts";
import { assertMayLogIn, pinIncorrect } from "./pin-rules.ts";
import { cardIdOf, hasOwnSerial, tokenAt } from "./token-identity.ts";
import type { SlotInfo, TokenInfo, TokenModule, TokenModules } from "./token-port.ts";
import { assertTrustedLibrary } from "./trusted-library.ts";
import { askSecret } from "./unlock-secret.ts";

/** A registered token that is in. */
interface Found {
  readonly slot: SlotWithToken;
  readonly module: TokenModule;
  readonly slotId: string;
  readonly info: TokenInfo;
}

/**
 * Asks a token for the secret of a slot. Each time in processes of its own, which end right after: somebody logged in elsewhere
 * must not make any PIN right (C10, C11), a token that was put in again is seen (C28), and no PIN stays behind (C26).
 *
 * While the vault is locked the count of wrong PINs in it is locked with it. Flags alone must not decide (C13, C14): a card that
 * sets none would be locked by the three tries that a person takes. So those seen here are counted as long as Keystead runs.
 */
export function unlockByToken(startModules: () => TokenModules): TokenSlotOpener {
  const wrong = new Map<string, number>();
  return {
    async openTokenSlot(slots, pin, options) {
      const modules = startModules();
      try {
        const found = await locate(modules, slots);
        const { slot, info } = found;
        const card = cardIdOf(slot.modulePath, info);
        const ownFailures = wrong.get(card) ?? 0;
        const refused = (): number => {
          wrong.set(card, ownFailures + 1);
          return ownFailures + 1;
        };
        const secret = await ask(found, pin, { ...options, ownFailures, refused, right: () => wrong.delete(card) });
        return { slot, secret };
      } finally {
        await modules.closeAll();
      }
    },
  };
}

interface PinTries {
  readonly acceptFinalTry: boolean;
  readonly ownFailures: number;
  /** Counts one more; answers how many there are then. */
  refused(): number;
  right(): void;
}

async function ask(found: Found, pin: SecretBytes, tries: PinTries): Promise<SecretBytes> {
  const { module, slotId, info, slot } = found;
  const { ownFailures, acceptFinalTry } = tries;
  assertPossiblePin(pin, info);
  assertMayLogIn({ role: "user", flags: info.flags, ownFailures, label: info.label, acceptFinalTry });
  try {
    await module.logIn(tokenAt({ slot: { slotId }, info }), "user", pin);
    tries.right();
  } catch (error) {
    if (!mayHaveCounted(error)) throw error;
    const count = tries.refused();
    throw pinRefusal(error.code === "tokens/pin-incorrect" ? await worded(found, count) : error);
  }
  try {
    return await askSecret({ module, slotId }, slot.keyId, slot);
  } finally {
    await logOutQuietly(module, slotId);
  }
}

/** C14: for the vault, which counts on its own what a token may call by any name, or not live through. */
function pinRefusal({ code, message, details }: KeysteadError): KeysteadError {
  return new KeysteadError(code, message, { ...details, pinMayHaveCounted: true });
}

async function worded({ module, slotId, info }: Found, ownFailures: number): Promise<KeysteadError> {
  const after = (await module.slots()).find((other) => other.slotId === slotId)?.token ?? info;
  return pinIncorrect("user", info.label, after.flags, ownFailures);
}

async function logOutQuietly(module: TokenModule, slotId: string): Promise<void> {
  try {
    await module.logOut(slotId);
  } catch (error) {
    // The process ends next, and the login with it; the token's own answer is worth more than this.
    if (!isKeysteadError(error)) throw error;
  }
}

/** The one slot whose token is in. Errors: not-present, object-ambiguous, module-… when no library could be asked. */
async function locate(modules: TokenModules, slots: readonly SlotWithToken[]): Promise<Found> {
  const libraries = Map.groupBy(slots, (slot) => `${slot.modulePath}\0${slot.libraryParameters ?? ""}`);
  const found: Found[] = [];
  const others: TokenInfo[] = [];
  let unasked: unknown;
  for (const group of libraries.values()) {
    try {
      const { module, present } = await lookInto(modules, group);
      const hits = group.flatMap((slot) => {
        const place = placeOf(slot, present);
        return place === undefined ? [] : [{ slot, module, slotId: place.slotId, info: place.token }];
      });
      found.push(...hits);
      if (hits.length === 0) others.push(...present.map((place) => place.token));
    } catch (error) {
      if (!isKeysteadError(error)) throw error;
      unasked ??= error.code === "tokens/module-not-found" ? moved(error, group) : error;
    }
  }
  const [first] = found;
  // A library that is gone or broken is the answer only where no other has the token.
  if (first === undefined) throw unasked ?? notPresent(slots, others);
  if (new Set(found.map(({ slot }) => slot.userId)).size > 1) throw ambiguous(found);
  if (new Set(found.map(({ slot }) => slot.token.serial)).size > 1) throw ambiguous(found);
  return first;
}

type Occupied = SlotInfo & { readonly token: TokenInfo };

async function lookInto(modules: TokenModules, group: readonly SlotWithToken[]) {
  const [slot] = group;
  if (slot === undefined) throw new RangeError("no slot");
  const { modulePath, libraryParameters } = slot;
  await assertTrustedLibrary(modulePath);
  const module = await modules.open(modulePath, libraryParameters === undefined ? {} : { libraryParameters });
  const look = async () => (await module.slots()).filter((place): place is Occupied => place.token !== undefined);
  const first = await look();
  // C30: some libraries count no token at the very first time they are asked.
  return { module, present: first.length > 0 ? first : await look() };
}

/**
 * By what is printed on the token (C29); the label decides where one card shows several slots (C31), and only there, as it may
 * have been changed. Where no serial tells the token from others of its make, the label must, and of two such neither is taken:
 * the PIN of one must not reach the other. Error: `tokens/object-ambiguous` where not even the label tells them apart.
 */
function placeOf({ token }: SlotWithToken, present: readonly Occupied[]): Occupied | undefined {
  const same = present.filter(
    ({ token: info }) =>
      info.manufacturer === token.manufacturer && info.model === token.model && info.serial === token.serial,
  );
  const labelled = same.filter(({ token: info }) => info.label === token.label);
  if (!hasOwnSerial(token)) return labelled.length === 1 ? labelled[0] : undefined;
  if (same.length < 2) return same[0];
  if (labelled.length > 1)
    throw new KeysteadError(
      "tokens/object-ambiguous",
      `${labelled.length} tokens that are in call themselves “${token.label}” (serial ${token.serial}), so it is not certain which one is meant. Leave only the right one in.`,
      { serial: token.serial },
    );
  return labelled[0];
}

function notPresent(slots: readonly SlotWithToken[], others: readonly TokenInfo[]): KeysteadError {
  const wanted = [...new Set(slots.map(({ token }) => `“${token.label}” (serial ${token.serial})`))].join(" or ");
  const other = others.find((info) => info.flags.includes("TOKEN_INITIALIZED"));
  const instead =
    other === undefined ? "" : ` The token that is in, “${other.label}” (serial ${other.serial}), is another one.`;
  return new KeysteadError("tokens/not-present", `Insert the token ${wanted} and try again.${instead}`, {
    serials: slots.map(({ token }) => token.serial),
    ...(other === undefined ? {} : { present: other.serial }),
  });
}

/** C29: the slot names the library by its path, which only an open vault can change. */
function moved(cause: KeysteadError, [slot]: readonly SlotWithToken[]): KeysteadError {
  const path = slot?.modulePath ?? "";
  return new KeysteadError(
    "tokens/module-not-found",
    `The library by which the token was registered is no longer at ${path}. Put it back there; or unlock another way, add the library where it is now, and register the token as an administrator again.`,
    { path },
    { cause },
  );
}

function ambiguous(found: readonly Found[]): KeysteadError {
  const names = found.map(({ slot }) => `${slot.userName} with “${slot.token.label}”`).join(", ");
  return new KeysteadError(
    "tokens/object-ambiguous",
    `Several registered tokens are in: ${names}. Say which one is meant, or leave only one in.`,
    { slotIds: found.map(({ slot }) => slot.id) },
  );
}
