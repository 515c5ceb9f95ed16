import type { SecretBytes } from "#main/crypto/secret-bytes.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { replaceSlots } from "./anchor.ts";
import type { Header } from "./header.ts";
import { makePasswordSlot, type SlotChange, type SlotKeys } from "./key-slot.ts";
import { assertPasswordGiven, openSlot, openWithToken, tokenNeeded } from "./open-slot.ts";
import type { OpenVault } from "./open-vault.ts";
import { type Passwords, questionsFor, renewSlot, type TokenPin, type TokenPins } from "./renew-slots.ts";
import {
  assertOneMode,
  assertRoomFor,
  ownPasswordSlot,
  ownTokenSlots,
  ownTwoFactorSlots,
  slotsToProve,
  withoutTokenSlot,
} from "./slot-changes.ts";
import type { PasswordSlot, Slot, SlotWithToken } from "./slot-shapes.ts";
import type { TokenProof } from "./token-proof.ts";
import type { TokenQuestions } from "./token-questions.ts";
import type { TokenAnswered } from "./token-slot.ts";
import type { UnlockFailures } from "./unlock-failures.ts";
import type { VaultFolder } from "./vault-folder.ts";

export interface WaysInParts {
  readonly folder: VaultFolder;
  readonly failures: UnlockFailures;
  readonly questions: TokenQuestions;
  readonly vault: () => OpenVault | undefined;
  /** One life-cycle step at a time, in the order asked. */
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>;
}

/** The slots of the open vault: who can come in, and by what. Every method rejects with `vault/locked` when none is open. */
export class WaysIn {
  readonly #parts: WaysInParts;

  constructor(parts: WaysInParts) {
    this.#parts = parts;
  }

  /**
   * Whether `password` is the user's, at the price of a derivation. Resolves with the slot it opened.
   * Errors: wrong-password, token-needed, too-many-attempts.
   */
  checkPassword(userId: string, password: SecretBytes): Promise<Slot> {
    const { failures, inTurn } = this.#parts;
    return inTurn(async () => {
      failures.refuseHaste();
      const { vault, slot } = this.#passwordOf(userId);
      dispose(await openSlot(failures, vault.vaultId, slot, password));
      return slot;
    });
  }

  /**
   * The same for a password that a further token shall go with: where it opens nothing alone, by a token that it goes with
   * already. Errors: tokens/…, and those of `checkPassword`.
   */
  async checkPasswordBeside(userId: string, password: SecretBytes, by: TokenPin | undefined): Promise<Slot> {
    const { header } = this.#openOrThrow();
    const both = ownTwoFactorSlots(header, userId);
    if (both.length === 0 || ownPasswordSlot(header, userId) !== undefined) return this.checkPassword(userId, password);
    if (by === undefined) throw tokenNeeded(both);
    const slots = (now: Header) => slotsToProve(now, userId, false, by.slotId);
    const proof = { ...by, password, acceptFinalTry: false };
    return this.#askOwn(proof, slots, (told) =>
      this.#parts.inTurn(async () => {
        dispose(await this.#provedKeys(userId, told, password));
        return told.slot;
      }),
    );
  }

  /** Whether one of the user's own tokens gives the very keys of the open vault. Errors: tokens/…, and those of unlocking. */
  checkToken(userId: string, proof: TokenProof): Promise<void> {
    const slots = (header: Header) => ownTokenSlots(header, userId, proof.slotId);
    return this.#askOwn(proof, slots, (told) =>
      this.#parts.inTurn(async () => dispose(await this.#provedKeys(userId, told, proof.password))),
    );
  }

  /**
   * Puts every slot of the user's that wants the password behind the new one; the keys inside stay. The old one works until the
   * new header is on the disk. Each token that opens the vault together with the password must be in, as only it can tell its
   * part: `vault/token-needed` names the one whose PIN is missing.
   */
  changePassword(userId: string, passwords: Passwords, tokens: TokenPins): Promise<SlotChange> {
    const { failures, questions } = this.#parts;
    const change = (told: readonly TokenAnswered[]) =>
      this.#change(async (header, vault) => {
        failures.refuseHaste();
        if (ownTwoFactorSlots(header, userId).length === 0) this.#passwordOf(userId);
        const slots: Slot[] = [];
        for (const slot of header.slots)
          slots.push(slot.userId === userId ? await renewSlot(failures, vault.vaultId, slot, passwords, told) : slot);
        return slots;
      });
    const asked = () => questionsFor(this.#openOrThrow().header, userId, tokens);
    // Nobody waits for another one's token who needs none.
    return asked().length === 0 ? change([]) : questions.askEach(asked, change);
  }

  /**
   * On: the user's password no longer opens the vault alone. Off: it does again. Either way one of the user's tokens is proved at
   * this very moment, together with the password where its slot wants it: to let it open the vault alone again, it must be the one
   * that the tokens go with, if any does. Errors: tokens/…, vault/wrong-password, vault/password-needed, vault/disk-failed.
   */
  requireSecondFactor(userId: string, on: boolean, proof: TokenProof, password: SecretBytes): Promise<SlotChange> {
    const slots = (header: Header) => slotsToProve(header, userId, on, proof.slotId);
    const { failures } = this.#parts;
    return this.#askOwn(proof, slots, (told) =>
      this.#change(async (header, { vaultId }) => {
        const keys = await this.#provedKeys(userId, told, password);
        using _root = keys.root;
        using _user = keys.user;
        const own = ownPasswordSlot(header, userId);
        if (own !== undefined) dispose(await openSlot(failures, vaultId, own, password));
        if (on) return header.slots.filter((slot) => slot !== own);
        if (own !== undefined) return header.slots;
        const { userName } = told.slot;
        const fresh = await makePasswordSlot({ vaultId, userId, userName }, keys, password);
        assertRoomFor(header, fresh);
        return [fresh, ...header.slots];
      }),
    );
  }

  /**
   * One more way in. `checkedBy` is the slot that the password of a slot with one was checked by.
   * Errors: tokens/not-permitted, vault/wrong-password when the password was changed meanwhile, vault/disk-failed.
   */
  addToken(slot: SlotWithToken, checkedBy: Slot | undefined): Promise<SlotChange> {
    return this.#change(async (header) => {
      assertRoomFor(header, slot);
      assertOneMode(header, slot);
      if (slot.kind === "token-and-password" && !header.slots.some((each) => each.wrapped === checkedBy?.wrapped))
        throw new KeysteadError(
          "vault/wrong-password",
          "The password was changed meanwhile. Register the token again.",
        );
      return [...header.slots, slot];
    });
  }

  /** Errors: tokens/not-administrator, tokens/last-way-in, vault/disk-failed. */
  removeToken(slotId: string): Promise<SlotChange> {
    return this.#change(async (header) => withoutTokenSlot(header, slotId));
  }

  /** Asks one of the user's tokens, before any turn of the vault begins. */
  #askOwn<T>(
    proof: TokenProof,
    slotsIn: (header: Header) => readonly SlotWithToken[],
    use: (told: TokenAnswered) => Promise<T>,
  ): Promise<T> {
    const { pin, acceptFinalTry, password } = proof;
    const question = () => {
      const slots = slotsIn(this.#openOrThrow().header);
      assertPasswordGiven(slots, password);
      return { slots, pin, acceptFinalTry };
    };
    return this.#parts.questions.ask(question, use);
  }

  /** The keys behind the slot as it is now, held against the vault's own; the caller disposes them. */
  async #provedKeys(
    userId: string,
    { slot, secret }: TokenAnswered,
    password: SecretBytes | undefined,
  ): Promise<SlotKeys> {
    const vault = this.#openOrThrow();
    const [current] = ownTokenSlots(vault.header, userId, slot.id);
    const keys = await openWithToken(this.#parts.failures, vault.vaultId, current, { secret, password });
    const { root, user } = vault.slotKeysOf(userId);
    using _root = root;
    using _user = user;
    if (keys.root.equals(root) && keys.user.equals(user)) return keys;
    dispose(keys);
    throw new KeysteadError(
      "tokens/challenge-failed",
      "What the token opened are not the keys of this vault. Nothing was confirmed; restore the header from a backup.",
      { slotId: slot.id },
    );
  }

  /**
   * Writes other slots. The vault can neither lock nor change again until the caller has settled it: a change that cannot be
   * traced must be taken back first.
   */
  #change(work: (header: Header, vault: OpenVault) => Promise<readonly Slot[]>): Promise<SlotChange> {
    const { folder, inTurn } = this.#parts;
    const settled = Promise.withResolvers<void>();
    const change = Promise.withResolvers<SlotChange>();
    const turn = inTurn(async () => {
      const vault = this.#openOrThrow();
      const written = replaceSlots(folder, vault, await work(vault.header, vault));
      const then = (settle: () => void) => () => {
        try {
          settle();
        } finally {
          settled.resolve();
        }
      };
      change.resolve({ note: written.note, keep: then(written.keep), takeBack: then(written.takeBack) });
      await settled.promise;
    });
    turn.catch(change.reject);
    return change.promise;
  }

  #openOrThrow(): OpenVault {
    const vault = this.#parts.vault();
    if (vault === undefined) throw new KeysteadError("vault/locked", "The vault is locked. Unlock it and try again.");
    return vault;
  }

  #passwordOf(userId: string): { readonly vault: OpenVault; readonly slot: PasswordSlot } {
    const vault = this.#openOrThrow();
    const slot = ownPasswordSlot(vault.header, userId);
    if (slot === undefined) throw tokenNeeded(ownTokenSlots(vault.header, userId, undefined));
    return { vault, slot };
  }
}

function dispose(keys: SlotKeys): void {
  keys.root.dispose();
  keys.user.dispose();
}
