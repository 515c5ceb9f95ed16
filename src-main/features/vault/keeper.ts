import { hostname } from "node:os";
import type { Clock } from "#main/clock.ts";
import { deriveKey } from "#main/crypto/derive.ts";
import { randomId, randomSecret } from "#main/crypto/random.ts";
import type { SecretBytes } from "#main/crypto/secret-bytes.ts";
import { type Hold, takeHold } from "#main/database/hold.ts";
import { insertCheckpoint, makeCheckpoint } from "#main/features/audit/checkpoints.ts";
import { chainStart } from "#main/features/audit/ledger.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { buildNewVault, buildVault } from "./build-vault.ts";
import { decodeHeader, encodeHeader, HEADER_VERSION, type Header, type PasswordSlot } from "./header.ts";
import { makePasswordSlot, openPasswordSlot, type SlotKeys } from "./key-slot.ts";
import type { OpenVault } from "./open-vault.ts";
import { insertOwner, readSettings } from "./settings-rows.ts";
import { UnlockFailures } from "./unlock-failures.ts";
import { VaultFolder } from "./vault-folder.ts";

export type LockReason = "asked" | "idle" | "suspended" | "closing";

export interface KeeperParts {
  readonly folder: string;
  readonly clock: Clock;
  readonly door: string;
  /** Lets running work reach a safe point; the vault is still open. */
  readonly beforeLock: () => Promise<void>;
  readonly onLocked: (reason: LockReason) => void;
}

export interface VaultUser {
  readonly userId: string;
  readonly userName: string;
}

/** A new password that is on the disk: one of the two must be called. */
export interface PasswordChange {
  keep(): void;
  takeBack(): void;
}

/** A checkpoint at least this often while the vault is open, and after this many traces. */
const CHECKPOINT_MS = 10 * 60_000;
const CHECKPOINT_TRACES = 1000;
/** The wall clock running this far ahead of the monotonic one means the machine slept (D16). */
const SLEEP_JUMP_MS = 60_000;
const TICK_MS = 1000;

/** The one owner of the vault's life cycle: created, unlocked, locked here and nowhere else. */
export class VaultKeeper {
  readonly folder: VaultFolder;
  readonly failures: UnlockFailures;
  readonly #parts: KeeperParts;
  #vault: OpenVault | undefined;
  #hold: Hold | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #stopTicking: (() => void) | undefined;
  #autoLockMinutes = 0;
  #lastActivity = 0;
  #lastCheckpoint = { time: 0, sequence: 0 };

  constructor(parts: KeeperParts) {
    this.#parts = parts;
    this.folder = new VaultFolder(parts.folder);
    this.failures = new UnlockFailures(this.folder.failures, parts.clock);
  }

  get open(): OpenVault | undefined {
    return this.#vault;
  }

  get autoLockMinutes(): number {
    return this.#autoLockMinutes;
  }

  set autoLockMinutes(minutes: number) {
    this.#autoLockMinutes = minutes;
  }

  /** Wall-clock time at which the vault locks itself if nothing happens. */
  get locksAt(): number {
    const idle = this.#parts.clock.monotonic() - this.#lastActivity;
    return Math.max(0, Math.round(this.#parts.clock.now() + this.#autoLockMinutes * 60_000 - idle));
  }

  touch(): void {
    this.#lastActivity = this.#parts.clock.monotonic();
  }

  /** Errors: exists, disk-failed, held-by-other. */
  create(names: { readonly vaultName: string; readonly userName: string }, password: SecretBytes): Promise<VaultUser> {
    return this.#inTurn(async () => {
      this.folder.make();
      this.folder.finishCreation();
      if (this.folder.exists())
        throw new KeysteadError(
          "vault/exists",
          `There is a vault in ${this.folder.path} already. Unlock it, or choose another folder.`,
        );
      if (this.folder.hasDatabase()) this.folder.readHeader();
      const hold = this.#takeHold();
      try {
        this.folder.clearUnfinished();
        this.folder.clearTemporary();
        const user = { userId: randomId(), userName: names.userName };
        await this.#makeFiles(names.vaultName, user, password);
        this.#hold = hold;
        await this.#openWith(user, password);
        return user;
      } catch (error) {
        this.#hold = undefined;
        hold.release();
        throw error;
      }
    });
  }

  async #makeFiles(vaultName: string, user: VaultUser, password: SecretBytes): Promise<void> {
    const { clock } = this.#parts;
    using root = randomSecret(32);
    using own = randomSecret(32);
    const vaultId = randomId();
    const slot = await makePasswordSlot({ vaultId, ...user }, { root, user: own }, password);
    const start = chainStart(vaultId);
    const header: Header = {
      format: "keystead-vault",
      version: HEADER_VERSION,
      vaultId,
      createdAt: clock.now(),
      writeCount: 1,
      slots: [slot],
      auditHead: { sequence: 0, mac: start.mac.toString("hex"), checkpoint: 0, time: clock.now() },
    };
    const vault = await buildNewVault(header, root, this.folder.newDatabase);
    await vault.db.transaction((tx) => insertOwner(tx, user, vaultName, clock.now()));
    await vault.commits.close();
    await vault.db.close();
    vault.dispose();
    using headerKey = deriveKey(root, vaultId, "header");
    this.folder.place(encodeHeader(header, headerKey));
  }

  /**
   * Opens the vault, or, when it is open, checks the password of one more user at another door.
   * Errors: not-created, header-…, wrong-password, database-…, newer-version, held-by-other, access/too-many-attempts.
   */
  unlock(userName: string | undefined, password: SecretBytes): Promise<VaultUser> {
    return this.#inTurn(async () => {
      this.failures.refuseHaste();
      this.folder.finishCreation();
      const already = this.#vault;
      const decoded = already === undefined ? decodeHeader(this.folder.readHeader()) : undefined;
      const header = decoded?.header ?? already?.header;
      const slot = header?.slots.find((candidate) => userName === undefined || candidate.userName === userName);
      if (slot === undefined) throw this.#wrongPassword();
      const user = { userId: slot.userId, userName: slot.userName };
      if (already !== undefined) {
        const keys = await this.#openSlot(already.vaultId, slot, password);
        keys.root.dispose();
        already.admitUser(slot.userId, keys.user);
        return user;
      }
      const hold = this.#takeHold();
      this.#hold = hold;
      try {
        this.folder.clearTemporary();
        await this.#openWith(user, password);
        return user;
      } catch (error) {
        this.#hold = undefined;
        hold.release();
        throw error;
      }
    });
  }

  async #openWith(user: VaultUser, password: SecretBytes): Promise<void> {
    const { clock } = this.#parts;
    // Read again under the hold: what was read before it may have been replaced meanwhile.
    const decoded = decodeHeader(this.folder.readHeader());
    const slot = decoded.header.slots.find((candidate) => candidate.userId === user.userId);
    if (slot === undefined) throw this.#wrongPassword();
    const keys = await this.#openSlot(decoded.header.vaultId, slot, password);
    using root = keys.root;
    const vault = await buildVault(decoded, root, this.folder.database);
    vault.admitUser(user.userId, keys.user);
    this.#autoLockMinutes = (await readSettings(vault.read)).autoLockMinutes;
    this.#vault = vault;
    this.touch();
    this.#lastCheckpoint = { time: clock.monotonic(), sequence: decoded.header.auditHead.sequence };
    this.#tick();
  }

  async #openSlot(vaultId: string, slot: PasswordSlot, password: SecretBytes): Promise<SlotKeys> {
    try {
      const keys = await openPasswordSlot(vaultId, slot, password);
      this.failures.rightPassword();
      return keys;
    } catch (error) {
      if (error instanceof KeysteadError && error.code === "vault/wrong-password") this.failures.wrongPassword();
      throw error;
    }
  }

  #wrongPassword(): KeysteadError {
    this.failures.wrongPassword();
    return new KeysteadError(
      "vault/wrong-password",
      "No user of this vault has that name and password. Check both and try again.",
    );
  }

  /** Whether `password` is the user's, at the price of a derivation. Errors: wrong-password, too-many-attempts. */
  checkPassword(userId: string, password: SecretBytes): Promise<void> {
    return this.#inTurn(async () => {
      this.failures.refuseHaste();
      const { vault, slot } = this.#slotOf(userId);
      const keys = await this.#openSlot(vault.vaultId, slot, password);
      keys.root.dispose();
      keys.user.dispose();
    });
  }

  /**
   * Replaces the user's slot; the keys inside stay. The old password works until the new header is on the disk. The vault can
   * neither lock nor change again until the caller has settled it: a change that cannot be traced must be taken back first.
   */
  changePassword(userId: string, current: SecretBytes, next: SecretBytes): Promise<PasswordChange> {
    const settled = Promise.withResolvers<void>();
    const change = Promise.withResolvers<PasswordChange>();
    const turn = this.#inTurn(async () => {
      this.failures.refuseHaste();
      const { vault, slot } = this.#slotOf(userId);
      const keys = await this.#openSlot(vault.vaultId, slot, current);
      using _root = keys.root;
      using _user = keys.user;
      const fresh = await makePasswordSlot({ vaultId: vault.vaultId, userId, userName: slot.userName }, keys, next);
      this.#replaceSlot(vault, slot, fresh);
      const takeBack = () => {
        try {
          this.#replaceSlot(vault, fresh, slot);
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

  #replaceSlot(vault: OpenVault, old: PasswordSlot, fresh: PasswordSlot): void {
    this.#writeHeader(vault, { slots: vault.header.slots.map((slot) => (slot.id === old.id ? fresh : slot)) });
  }

  #slotOf(userId: string): { readonly vault: OpenVault; readonly slot: PasswordSlot } {
    const vault = this.#vault;
    const slot = vault?.header.slots.find((candidate) => candidate.userId === userId);
    if (vault === undefined || slot === undefined)
      throw new KeysteadError("vault/locked", "The vault is locked. Unlock it and try again.");
    return { vault, slot };
  }

  #writeHeader(vault: OpenVault, change: Partial<Pick<Header, "slots" | "auditHead">>): void {
    const header = { ...vault.header, ...change, writeCount: vault.header.writeCount + 1 };
    this.folder.writeHeader(encodeHeader(header, vault.headerKey));
    vault.header = header;
  }

  /** Signs the chain's state and anchors it in the header. */
  checkpoint(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#vault !== undefined) await this.#checkpoint(this.#vault);
    });
  }

  async #checkpoint(vault: OpenVault): Promise<void> {
    const { clock } = this.#parts;
    const { head } = vault.ledger;
    const record = await makeCheckpoint(vault.read, vault, head, clock.now());
    await vault.db.transaction((tx) => insertCheckpoint(tx, record));
    // An anchor that the database contradicts is evidence: moving it would hide that traces are gone.
    if (vault.missingFrom === undefined) {
      this.#writeHeader(vault, {
        auditHead: {
          sequence: head.sequence,
          mac: head.mac.toString("hex"),
          checkpoint: record.number,
          time: record.time,
        },
      });
    }
    this.#lastCheckpoint = { time: clock.monotonic(), sequence: head.sequence };
  }

  /** Lets work pause, signs a last checkpoint, closes the files, wipes the keys. Harmless when locked already. */
  lock(reason: LockReason): Promise<void> {
    return this.#inTurn(async () => {
      const vault = this.#vault;
      if (vault === undefined) return;
      this.#stopTicking?.();
      try {
        await this.#parts.beforeLock();
        this.#vault = undefined;
        await vault.commits.close();
        await this.#checkpoint(vault);
      } catch (error) {
        // A full or failing disk must not keep the vault open: what was acknowledged is durable without this checkpoint.
        console.error("Keystead: the vault was locked without a last checkpoint:", error);
      } finally {
        this.#vault = undefined;
        await vault.db.close();
        vault.dispose();
        this.#hold?.release();
        this.#hold = undefined;
        this.#parts.onLocked(reason);
      }
    });
  }

  #takeHold(): Hold {
    const { clock, door } = this.#parts;
    return takeHold(this.folder.path, { pid: process.pid, host: hostname(), door, since: clock.now() });
  }

  #tick(): void {
    const { clock } = this.#parts;
    let lastWall = clock.now();
    let lastMonotonic = clock.monotonic();
    this.#stopTicking?.();
    this.#stopTicking = clock.every(TICK_MS, () => {
      const wall = clock.now();
      const monotonic = clock.monotonic();
      const slept = wall - lastWall - (monotonic - lastMonotonic) > SLEEP_JUMP_MS;
      lastWall = wall;
      lastMonotonic = monotonic;
      if (slept) this.#lockUnasked("suspended");
      else if (monotonic - this.#lastActivity > this.#autoLockMinutes * 60_000) this.#lockUnasked("idle");
      else this.#checkpointWhenDue(monotonic);
    });
  }

  #checkpointWhenDue(monotonic: number): void {
    const since = (this.#vault?.ledger.head.sequence ?? 0) - this.#lastCheckpoint.sequence;
    if (since < CHECKPOINT_TRACES && monotonic - this.#lastCheckpoint.time < CHECKPOINT_MS) return;
    this.#lastCheckpoint = { time: monotonic, sequence: this.#lastCheckpoint.sequence };
    // A checkpoint that fails (full disk) is tried again when due; every commit reports the disk by itself.
    this.checkpoint().catch((error: unknown) => console.error("Keystead: checkpoint not written:", error));
  }

  #lockUnasked(reason: LockReason): void {
    this.#stopTicking?.();
    this.lock(reason).catch((error: unknown) => console.error("Keystead: locking was not clean:", error));
  }

  /** One life-cycle step at a time, in the order asked. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work, work);
    this.#turn = mine.catch(() => undefined);
    return mine;
  }
}
