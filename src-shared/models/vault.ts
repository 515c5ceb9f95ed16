import { z } from "zod";
import { LIMITS } from "../limits.ts";
import { id, name, time } from "./text.ts";

export const vaultHolder = z.object({
  pid: z.int(),
  host: z.string(),
  door: z.string(),
  since: time,
});
export type VaultHolder = z.infer<typeof vaultHolder>;

/** Something the officer should know about the vault as a whole. `code` is stable, `message` a sentence. */
export const vaultWarning = z.object({
  code: z.enum(["rolled-back", "failed-unlocks", "unfinished-tasks"]),
  message: z.string(),
});
export type VaultWarning = z.infer<typeof vaultWarning>;

export const vaultStatus = z.discriminatedUnion("state", [
  z.object({ state: z.literal("absent"), folder: z.string() }),
  z.object({
    state: z.literal("locked"),
    folder: z.string(),
    vaultId: z.string(),
    users: z.array(z.string()),
    /** Registered tokens that open it; whether one is in is seen only when it is tried. */
    tokens: z.array(z.object({ slotId: z.string(), userName: z.string(), label: z.string(), serial: z.string() })),
    heldBy: vaultHolder.optional(),
  }),
  z.object({
    state: z.literal("unlocked"),
    folder: z.string(),
    vaultId: z.string(),
    vaultName: z.string(),
    /** Whether the asking caller has a session; another door may have opened the vault. */
    session: z.object({ userId: id, userName: name, openedAt: time, confirmedUntil: time }).optional(),
    /** In force here: shorter where a browser holds the vault. */
    autoLockMinutes: z.int(),
    /** When the vault locks itself if nothing happens until then. */
    locksAt: time,
    warnings: z.array(vaultWarning),
  }),
]);
export type VaultStatus = z.infer<typeof vaultStatus>;

const autoLockMinutes = z.int().min(LIMITS.autoLockMinutesMin).max(LIMITS.autoLockMinutesMax);

export const vaultSettings = z.object({
  vaultName: name,
  autoLockMinutes,
  /** In force where a browser holds the vault; never longer than `autoLockMinutes`. */
  autoLockMinutesInBrowser: autoLockMinutes,
});
export type VaultSettings = z.infer<typeof vaultSettings>;
