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
  code: z.enum([
    "rolled-back",
    "other-ways-in",
    "not-locked",
    "database-changed",
    "failed-unlocks",
    "unfinished-tasks",
  ]),
  message: z.string(),
});
export type VaultWarning = z.infer<typeof vaultWarning>;

/** A registered token that opens the vault; whether it is in is seen only when it is tried. */
const tokenWay = z.object({
  slotId: z.string(),
  userName: z.string(),
  label: z.string(),
  serial: z.string(),
  /** Whether it does so only together with its user's password. */
  needsPassword: z.boolean(),
});
export type TokenWay = z.infer<typeof tokenWay>;

/** Who comes in by the password alone. The others need one of the tokens: there is no use in asking them for a password only. */
const passwordUsers = z.array(z.string());

export const vaultStatus = z.discriminatedUnion("state", [
  z.object({ state: z.literal("absent"), folder: z.string() }),
  z.object({
    state: z.literal("locked"),
    folder: z.string(),
    vaultId: z.string(),
    users: z.array(z.string()),
    passwordUsers,
    tokens: z.array(tokenWay),
    heldBy: vaultHolder.optional(),
  }),
  z.object({
    state: z.literal("unlocked"),
    folder: z.string(),
    vaultId: z.string(),
    vaultName: z.string(),
    passwordUsers,
    tokens: z.array(tokenWay),
    /** Whether the asking caller has a session; another door may have opened the vault. */
    session: z
      .object({
        userId: id,
        userName: name,
        openedAt: time,
        confirmedUntil: time,
        /** How this user comes in: by the password alone, and by which tokens. */
        passwordAlone: z.boolean(),
        tokens: z.array(tokenWay),
      })
      .optional(),
    /** In force here: shorter where a browser holds the vault. */
    autoLockMinutes: z.int(),
    /** When the vault locks itself if nothing happens until then. */
    locksAt: time,
    warnings: z.array(vaultWarning),
  }),
]);
export type VaultStatus = z.infer<typeof vaultStatus>;

/** Whether the user's password no longer opens the vault without a token, and by how many tokens the user comes in. */
export const secondFactor = z.object({
  on: z.boolean(),
  tokens: z.int(),
  warnings: z.array(z.object({ code: z.literal("only-one-token"), message: z.string() })),
});
export type SecondFactor = z.infer<typeof secondFactor>;

const autoLockMinutes = z.int().min(LIMITS.autoLockMinutesMin).max(LIMITS.autoLockMinutesMax);

export const vaultSettings = z.object({
  vaultName: name,
  autoLockMinutes,
  /** In force where a browser holds the vault; never longer than `autoLockMinutes`. */
  autoLockMinutesInBrowser: autoLockMinutes,
});
export type VaultSettings = z.infer<typeof vaultSettings>;
