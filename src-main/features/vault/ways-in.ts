import type { SecretBytes } from "#main/crypto/secret-bytes.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { writeHeader } from "./anchor.ts";
import type { Header } from "./header.ts";
import { makePasswordSlot, type SlotChange } from "./key-slot.ts";
import { openSlot } from "./open-slot.ts";
import type { OpenVault } from "./open-vault.ts";
import { assertRoomFor, withoutTokenSlot } from "./slot-changes.ts";
import { isPasswordSlot, type PasswordSlot, type Slot, type TokenSlot } from "./slot-shapes.ts";
import type { UnlockFailures } from "./unlock-failures.ts";
import type { VaultFolder } from "./vault-folder.ts";

export interface WaysInParts {
  readonly folder: VaultFolder;
  readonly failures: UnlockFailures;
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

  /** Whether `password` is the user's, at the price of a derivation. Errors: wrong-password, too-many-attempts. */
  checkPassword(userId: string, password: SecretBytes): Promise<void> {
    const { failures, inTurn } = this.#parts;
    return inTurn(async () => {
      failures.refuseHaste();
      const { vault, slot } = this.#passwordOf(userId);
      const keys = await openSlot(failures, vault.vaultId, slot, password);
      keys.root.dispose();
      keys.user.dispose();
    });
  }

  /** Replaces the user's slot; the keys inside stay. The old password works until the new header is on the disk. */
  changePassword(userId: string, current: SecretBytes, next: SecretBytes): Promise<SlotChange> {
    return this.#change(async () => {
      const { failures } = this.#parts;
      failures.refuseHaste();
      const { vault, slot } = this.#passwordOf(userId);
      const keys = await openSlot(failures, vault.vaultId, slot, current);
      using _root = keys.root;
      using _user = keys.user;
      const fresh = await makePasswordSlot({ vaultId: vault.vaultId, userId, userName: slot.userName }, keys, next);
      return vault.header.slots.map((each) => (each.id === slot.id ? fresh : each));
    });
  }

  /** One more way in. Errors: tokens/not-permitted when the header is full, vault/disk-failed. */
  addToken(slot: TokenSlot): Promise<SlotChange> {
    return this.#change(async (header) => {
      assertRoomFor(header, slot);
      return [...header.slots, slot];
    });
  }

  /** Errors: tokens/not-administrator, tokens/last-way-in, vault/disk-failed. */
  removeToken(slotId: string): Promise<SlotChange> {
    return this.#change(async (header) => withoutTokenSlot(header, slotId));
  }

  /**
   * Writes other slots. The vault can neither lock nor change again until the caller has settled it: a change that cannot be
   * traced must be taken back first.
   */
  #change(work: (header: Header) => Promise<readonly Slot[]>): Promise<SlotChange> {
    const { folder, inTurn } = this.#parts;
    const settled = Promise.withResolvers<void>();
    const change = Promise.withResolvers<SlotChange>();
    const turn = inTurn(async () => {
      const vault = this.#openOrThrow();
      const before = vault.header.slots;
      writeHeader(folder, vault, { slots: [...(await work(vault.header))] });
      const takeBack = () => {
        try {
          writeHeader(folder, vault, { slots: before });
        } finally {
          settled.resolve();
        }
      };
      change.resolve({ keep: settled.resolve, takeBack });
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
    const slot = vault.header.slots.filter(isPasswordSlot).find((candidate) => candidate.userId === userId);
    if (slot !== undefined) return { vault, slot };
    throw new KeysteadError(
      "vault/wrong-password",
      "You have no password for this vault, only a token. Unlock with the token again: that confirms you too.",
    );
  }
}
