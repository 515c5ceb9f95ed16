import type { Clock } from "#main/clock.ts";
import type { Slot } from "./slot-shapes.ts";
import type { TokenSlotOpener } from "./token-slot.ts";

export type LockReason = "asked" | "idle" | "suspended" | "closing";

export interface KeeperParts {
  readonly folder: string;
  readonly clock: Clock;
  readonly door: string;
  readonly tokenSlots: TokenSlotOpener;
  /** Lets running work reach a safe point; the vault is still open. */
  readonly beforeLock: () => Promise<void>;
  readonly onLocked: (reason: LockReason) => void;
}

export interface VaultUser {
  readonly userId: string;
  readonly userName: string;
}

export const userOf = (slot: Slot): VaultUser => ({ userId: slot.userId, userName: slot.userName });

export interface Entry {
  readonly user: VaultUser;
  /** Whether this opened the vault; otherwise it was open, and one more user has come in. */
  readonly opened: boolean;
}
