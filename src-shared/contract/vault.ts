import { z } from "zod";
import { listName, listPreferences, preferences } from "../models/preferences.ts";
import { id, name, newPassword, nothing, password, reason } from "../models/text.ts";
import { pin } from "../models/token.ts";
import { rollback } from "../models/trace.ts";
import { secondFactor, vaultSettings, vaultStatus } from "../models/vault.ts";
import { operation } from "./operation.ts";

/** One of the user's registered tokens: the one named, or whichever is in. */
const tokenProof = { slotId: id.optional(), pin, acceptFinalTry: z.boolean().default(false) };

export const vault = {
  status: operation({
    summary: "Says whether a vault is there, locked or open, and who holds it",
    params: nothing,
    result: vaultStatus,
    action: "public",
    trace: "getVaultStatus",
    effect: "read",
    untraced: "Asked by every door before anybody has logged in; says nothing that is stored in the vault.",
  }),
  create: operation({
    summary: "Creates a vault in the vault folder and opens it",
    params: z.strictObject({ name, userName: name, password: newPassword }),
    result: vaultStatus,
    action: "public",
    trace: "createVault",
    effect: "change",
    secret: ["password"],
  }),
  unlock: operation({
    summary: "Opens the vault with a user's password",
    params: z.strictObject({ userName: name.optional(), password }),
    result: vaultStatus,
    action: "public",
    trace: "unlockVault",
    effect: "change",
    secret: ["password"],
  }),
  unlockWithToken: operation({
    summary: "Opens the vault with a registered token and its PIN, and the password where the token wants it",
    params: z.strictObject({ ...tokenProof, password: password.optional() }),
    result: vaultStatus,
    action: "public",
    trace: "unlockVaultWithToken",
    effect: "change",
    secret: ["pin", "password"],
  }),
  lock: operation({
    summary: "Locks the vault for every door of this process",
    params: nothing,
    result: nothing,
    action: "vault:vault:lock",
    trace: "lockVault",
    effect: "change",
  }),
  confirm: operation({
    summary: "Confirms the user's password so that critical operations pass for a short time",
    params: z.strictObject({ password }),
    result: vaultStatus,
    action: "vault:session:confirm",
    trace: "confirmIdentity",
    effect: "change",
    secret: ["password"],
  }),
  confirmWithToken: operation({
    summary: "Confirms the user by a registered token so that critical operations pass for a short time",
    params: z.strictObject({ ...tokenProof, password: password.optional() }),
    result: vaultStatus,
    action: "vault:session:confirm",
    trace: "confirmIdentityWithToken",
    effect: "change",
    secret: ["pin", "password"],
  }),
  changePassword: operation({
    summary: "Changes the password of the current user, also beside the tokens that open the vault only with it",
    params: z.strictObject({
      currentPassword: password,
      newPassword,
      /** One for each token that opens the vault only together with the password; all of them must be in. */
      tokenPins: z
        .array(z.strictObject({ slotId: id, pin }))
        .max(64)
        .default([]),
      acceptFinalTry: z.boolean().default(false),
    }),
    result: nothing,
    action: "vault:password:change",
    trace: "changePassword",
    effect: "change",
    secret: ["currentPassword", "newPassword", "tokenPins"],
  }),
  requireSecondFactor: operation({
    summary: "Lets the current user's password no longer open the vault without a token, or again",
    params: z.strictObject({ on: z.boolean(), password, ...tokenProof }),
    result: secondFactor,
    action: "vault:password:change",
    trace: "requireSecondFactor",
    effect: "change",
    critical: true,
    secret: ["password", "pin"],
  }),
  acceptRollback: operation({
    summary: "Confirms that an older copy of the database was put back on purpose; the seam stays in the traces",
    params: z.strictObject({ reason }),
    result: rollback,
    action: "vault:rollback:accept",
    trace: "acceptRollback",
    effect: "change",
    critical: true,
  }),
  settings: operation({
    summary: "Shows the vault's settings",
    params: nothing,
    result: vaultSettings,
    action: "vault:settings:get",
    trace: "getVaultSettings",
    effect: "read",
  }),
  updateSettings: operation({
    summary: "Changes the vault's name or its auto-lock times",
    params: vaultSettings.partial().strict(),
    result: vaultSettings,
    action: "vault:settings:update",
    trace: "updateVaultSettings",
    effect: "change",
  }),
  preferences: operation({
    summary: "Shows how the current user wants the console's lists",
    params: nothing,
    result: preferences,
    action: "vault:session:getPreferences",
    trace: "getPreferences",
    effect: "read",
  }),
  setPreferences: operation({
    summary: "Keeps the current user's columns and saved filters of one list",
    params: listPreferences.extend({ list: listName }),
    result: preferences,
    action: "vault:session:setPreferences",
    trace: "setPreferences",
    effect: "change",
  }),
  /** Activity in a console without another operation: keeps the auto-lock from striking while somebody types. */
  keepAlive: operation({
    summary: "Tells that somebody is at work, so that auto-lock waits",
    params: nothing,
    result: vaultStatus,
    action: "vault:session:keep",
    trace: "keepSession",
    effect: "read",
    untraced: "Only moves the auto-lock time; thousands a day would bury what matters.",
  }),
} as const;
