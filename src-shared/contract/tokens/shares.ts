import { z } from "zod";
import { id, name } from "../../models/text.ts";
import { tokenId, tokenObject } from "../../models/token.ts";
import { operation } from "../operation.ts";
import { folder, object, shareText, shareTexts } from "./shapes.ts";

/** The same by shares of several custodians (H09). */
export const tokenShares = {
  backUpKeyToShares: operation({
    summary:
      "Wraps a key by a fresh one that only its custodians' shares will hold, tries the restore, and begins handing the shares out",
    params: z.strictObject({
      ...object,
      /** How many shares open the backup. */
      threshold: z.int().min(2).max(16),
      /** How many custodians get one. */
      shares: z.int().min(2).max(16),
      folder: folder.optional(),
    }),
    result: z.object({
      ceremonyId: id,
      setId: z.string(),
      threshold: z.int(),
      shares: z.int(),
      mechanism: z.string(),
      proof: z.string(),
      /** Where the file will be, once the last custodian has a share. */
      path: z.string(),
    }),
    action: "hsm:backup:create",
    trace: "backUpTokenKeyToShares",
    effect: "change",
    critical: true,
  }),
  revealShare: operation({
    summary: "Shows the next share to one custodian, and no other share beside it",
    params: z.strictObject({ ceremonyId: id, custodian: name }),
    result: z.object({ index: z.int(), total: z.int(), setId: z.string(), lines: z.array(z.string()) }),
    action: "hsm:backup:create",
    trace: "revealShare",
    effect: "change",
    critical: true,
    secretResult: ["lines"],
  }),
  confirmShare: operation({
    summary: "Takes the share that the custodian types back and forgets it; after the last one the backup is written",
    params: z.strictObject({ ceremonyId: id, share: shareText }),
    result: z.object({ confirmed: z.int(), total: z.int(), path: z.string().optional() }),
    action: "hsm:backup:create",
    trace: "confirmShare",
    effect: "change",
    secret: ["share"],
  }),
  cancelShares: operation({
    summary: "Ends handing out shares; what was handed out opens nothing, because no backup is written",
    params: z.strictObject({ ceremonyId: id }),
    result: z.object({ handedOut: z.int() }),
    action: "hsm:backup:create",
    trace: "cancelShares",
    effect: "change",
  }),
  checkShare: operation({
    summary: "Checks one custodian's share against a backup's file",
    params: z.strictObject({ path: folder, share: shareText }),
    result: z.object({
      index: z.int(),
      setId: z.string(),
      threshold: z.int(),
      total: z.int(),
      label: z.string(),
    }),
    action: "hsm:backup:rehearse",
    trace: "checkShare",
    effect: "read",
    secret: ["share"],
  }),
  rehearseShares: operation({
    summary: "Proves that these shares open a backup, without restoring or unwrapping anything",
    params: z.strictObject({ path: folder, shares: shareTexts }),
    result: z.object({
      setId: z.string(),
      label: z.string(),
      threshold: z.int(),
      total: z.int(),
      proof: z.string(),
    }),
    action: "hsm:backup:rehearse",
    trace: "rehearseShares",
    effect: "read",
    secret: ["shares"],
  }),
  restoreKeyFromShares: operation({
    summary: "Restores a key from a file and enough of its custodians' shares to any token, and proves it",
    params: z.strictObject({ id: tokenId, path: folder, shares: shareTexts }),
    result: z.object({ objects: z.array(tokenObject), proof: z.string() }),
    action: "hsm:backup:restore",
    trace: "restoreTokenKeyFromShares",
    effect: "change",
    critical: true,
    secret: ["shares"],
  }),
} as const;
