import { hostname } from "node:os";
import { forgetUnused } from "#main/crypto/forget.ts";
import { randomId } from "#main/crypto/random.ts";
import { SecretBytes } from "#main/crypto/secret-bytes.ts";
import { type Hold, takeHold } from "#main/database/hold.ts";
import type { VaultSettings } from "#shared/models/vault.ts";
import { anchorChain, CheckpointDue, markLocked, markOpen, standBy } from "./anchor.ts";
import { AutoLock } from "./auto-lock.ts";
import { minutesFor } from "./auto-lock-minutes.ts";
import { abandon, buildVault } from "./build-vault.ts";
import { decodeHeader } from "./header.ts";
import { type Entry, type KeeperParts, type LockReason, userOf, type VaultUser } from "./keeper-parts.ts";
import { makeVault } from "./new-vault.ts";
import { assertPasswordGiven, tokenSlotsIn, type WayIn, wayByPassword, wayByToken } from "./open-slot.ts";
import type { OpenVault } from "./open-vault.ts";
import { readSettings } from "./settings-rows.ts";
import type { Slot } from "./slot-shapes.ts";
import type { TokenProof } from "./token-proof.ts";
import { TokenQuestions } from "./token-questions.ts";
import { UnlockFailures } from "./unlock-failures.ts";
import { VaultFolder } from "./vault-folder.ts";
import { WaysIn } from "./ways-in.ts";

/** The one owner of the vault's life cycle: created, unlocked, locked here and nowhere else. */
export class VaultKeeper {
  readonly folder: VaultFolder;
  readonly failures: UnlockFailures;
  readonly autoLock: AutoLock;
  /** Who may come in, while the vault is open. */
  readonly waysIn: WaysIn;
  readonly #parts: KeeperParts;
  readonly #questions: TokenQuestions;
  #vault: OpenVault | undefined;
  #hold: Hold | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  readonly #due: CheckpointDue;

  constructor(parts: KeeperParts) {
    this.#parts = parts;
    this.folder = new VaultFolder(parts.folder);
    this.failures = new UnlockFailures(this.folder.failures, parts.clock);
    this.#due = new CheckpointDue(parts.clock);
    this.#questions = new TokenQuestions(this.failures, parts.tokenSlots);
    this.waysIn = new WaysIn({
      folder: this.folder,
      failures: this.failures,
      questions: this.#questions,
      vault: () => this.#vault,
      inTurn: (work) => this.#inTurn(work),
    });
    this.autoLock = new AutoLock({
      clock: parts.clock,
      lock: (reason) => this.#lockUnasked(reason),
      onTick: () => this.#checkpointWhenDue(),
    });
  }

  get open(): OpenVault | undefined {
    return this.#vault;
  }

  touch(): void {
    this.autoLock.touch();
  }

  /** What the settings say about this process: how long the vault may stay open unused here. */
  applySettings(settings: VaultSettings): void {
    this.autoLock.minutes = minutesFor(this.#parts.door, settings);
  }

  /** Errors: exists, disk-failed, held-by-other. */
  create(names: { readonly vaultName: string; readonly userName: string }, password: SecretBytes): Promise<VaultUser> {
    return this.#inTurn(async () => {
      const { clock } = this.#parts;
      this.folder.make();
      this.folder.refuseExisting();
      const hold = this.#takeHold();
      try {
        // Again under the hold: another process may have created one since.
        this.folder.refuseExisting();
        this.folder.clearUnfinished();
        this.folder.clearTemporary();
        const user = { userId: randomId(), userName: names.userName };
        await makeVault(this.folder, clock, { vaultName: names.vaultName, ...user }, password);
        this.#hold = hold;
        return await this.#openBy(wayByPassword(this.failures, user.userName, password));
      } catch (error) {
        this.#hold = undefined;
        hold.release();
        throw error;
      }
    });
  }

  /**
   * Opens the vault, or, when it is open, checks the password of one more user at another door.
   * Errors: not-created, header-…, wrong-password, database-…, newer-version, held-by-other, access/too-many-attempts.
   */
  unlock(userName: string | undefined, password: SecretBytes): Promise<Entry> {
    return this.#inTurn(async () => {
      this.failures.refuseHaste();
      return this.#enter(wayByPassword(this.failures, userName, password));
    });
  }

  /**
   * As `unlock`, by a registered token and its PIN, and the password where the token's slot wants it besides. The token is asked
   * before the vault's turn begins and before the vault is held. Errors: tokens/…, vault/password-needed, and those of `unlock`.
   */
  unlockWithToken(proof: TokenProof): Promise<Entry> {
    const { pin, acceptFinalTry, password } = proof;
    const question = () => {
      const header = this.#vault?.header ?? decodeHeader(this.folder.readHeader()).header;
      const slots = tokenSlotsIn(header, proof.slotId);
      assertPasswordGiven(slots, password);
      return { slots, pin, acceptFinalTry };
    };
    return this.#questions.ask(question, ({ slot, secret }) =>
      this.#inTurn(() => this.#enter(wayByToken(this.failures, slot.id, { secret, password }))),
    );
  }

  async #enter<S extends Slot>(way: WayIn<S>): Promise<Entry> {
    const already = this.#vault;
    if (already !== undefined) {
      const slot = way.slotIn(already.header);
      const keys = await way.open(already.vaultId, slot);
      keys.root.dispose();
      already.admitUser(slot.userId, keys.user);
      return { user: userOf(slot), opened: false };
    }
    way.slotIn(decodeHeader(this.folder.readHeader()).header);
    const hold = this.#takeHold();
    this.#hold = hold;
    try {
      this.folder.finishCreation();
      this.folder.clearTemporary();
      return { user: await this.#openBy(way), opened: true };
    } catch (error) {
      this.#hold = undefined;
      hold.release();
      throw error;
    }
  }

  async #openBy<S extends Slot>(way: WayIn<S>): Promise<VaultUser> {
    // Read again under the hold: what was read before it may have been replaced meanwhile.
    const decoded = decodeHeader(this.folder.readHeader());
    const slot = way.slotIn(decoded.header);
    const keys = await way.open(decoded.header.vaultId, slot);
    using root = keys.root;
    using user = keys.user;
    const vault = await buildVault(decoded, root, this.folder.database);
    try {
      this.applySettings(await readSettings(vault.read));
      markOpen(this.folder, vault, this.#parts.clock.now());
    } catch (error) {
      await abandon(vault);
      throw error;
    }
    vault.admitUser(slot.userId, SecretBytes.copyOf(user.reveal()));
    this.#vault = vault;
    this.#due.start(decoded.header.auditHead.sequence);
    this.autoLock.start();
    return userOf(slot);
  }

  /** Signs the chain's state and anchors it in the header. */
  checkpoint(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#vault !== undefined) await this.#checkpoint(this.#vault);
    });
  }

  async #checkpoint(vault: OpenVault, closing = false): Promise<void> {
    await anchorChain(this.folder, vault, this.#parts.clock.now(), closing);
    this.#due.start(vault.ledger.head.sequence);
  }

  /** Somebody stands by this vault's older database. Does nothing when that vault is no longer open. */
  anchorAnew(vault: OpenVault): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#vault !== vault) return;
      await standBy(this.folder, vault, this.#parts.clock.now());
      this.#due.start(vault.ledger.head.sequence);
    });
  }

  /** Lets work pause, signs a last checkpoint, closes the files, wipes the keys. Harmless when locked already. */
  lock(reason: LockReason): Promise<void> {
    return this.#inTurn(async () => {
      const vault = this.#vault;
      if (vault === undefined) return;
      this.autoLock.stop();
      let anchored = false;
      try {
        await this.#parts.beforeLock();
        this.#vault = undefined;
        await vault.commits.close();
        await this.#checkpoint(vault, true);
        anchored = true;
      } catch (error) {
        // A full or failing disk must not keep the vault open: what was acknowledged is durable without this checkpoint.
        console.error("Keystead: the vault was locked without a last checkpoint:", error);
      } finally {
        await this.#letGo(vault, anchored);
        this.#parts.onLocked(reason);
        forgetUnused();
      }
    });
  }

  /** Whatever of it fails: the keys go, and nobody is kept from the vault. */
  async #letGo(vault: OpenVault, anchored: boolean): Promise<void> {
    this.#vault = undefined;
    try {
      await vault.db.close();
      if (anchored) await markLocked(this.folder, vault);
    } catch (error) {
      console.error("Keystead: the vault's files were not closed as they should be:", error);
    } finally {
      vault.dispose();
      this.#hold?.release();
      this.#hold = undefined;
    }
  }

  #takeHold(): Hold {
    const { clock, door } = this.#parts;
    return takeHold(this.folder.path, { pid: process.pid, host: hostname(), door, since: clock.now() });
  }

  #checkpointWhenDue(): void {
    if (this.#vault === undefined || !this.#due.isNow(this.#vault.ledger.head.sequence)) return;
    // A checkpoint that fails (full disk) is tried again when due; every commit reports the disk by itself.
    this.checkpoint().catch((error: unknown) => console.error("Keystead: checkpoint not written:", error));
  }

  #lockUnasked(reason: LockReason): void {
    this.lock(reason).catch((error: unknown) => console.error("Keystead: locking was not clean:", error));
  }

  /** One life-cycle step at a time, in the order asked. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work, work);
    this.#turn = mine.catch(() => undefined);
    return mine;
  }
}
