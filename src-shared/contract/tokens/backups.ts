import { z } from "zod";
import { objectRef, tokenId, tokenObject } from "../../models/token.ts";
import { operation } from "../operation.ts";
import { folder, object } from "./shapes.ts";

/** Keys that leave a token wrapped, and come back (H09). */
export const tokenBackups = {
  transferWrappingKey: operation({
    summary: "Gives another token the same wrapping key, encrypted for an RSA key that was made there",
    params: z.strictObject({ ...object, toId: tokenId, toRef: objectRef, acceptSha1: z.boolean().default(false) }),
    result: z.object({ object: tokenObject }),
    action: "hsm:backup:transfer",
    trace: "transferWrappingKey",
    effect: "change",
    critical: true,
  }),
  backUpKey: operation({
    summary: "Writes a key to a file, wrapped by a wrapping key on the token",
    params: z.strictObject({ ...object, wrappingRef: objectRef, folder: folder.optional() }),
    result: z.object({ path: z.string(), mechanism: z.string() }),
    action: "hsm:backup:create",
    trace: "backUpTokenKey",
    effect: "change",
    critical: true,
  }),
  describeBackup: operation({
    summary:
      "Says what a backup's file holds and what it takes to restore it, as the file has it; nothing is unwrapped",
    params: z.strictObject({ path: folder }),
    result: z.object({
      key: z.object({ class: z.enum(["private-key", "secret-key"]), label: z.string(), keyId: z.string() }),
      /** The token it was on. */
      from: z.object({ label: z.string(), serial: z.string() }),
      createdAt: z.int(),
      wrappedBy: z.discriminatedUnion("kind", [
        z.object({ kind: z.literal("key"), label: z.string(), keyId: z.string() }),
        z.object({ kind: z.literal("shares"), setId: z.string(), threshold: z.int(), total: z.int() }),
      ]),
    }),
    action: "hsm:backup:describe",
    trace: "describeBackup",
    effect: "read",
  }),
  restoreKey: operation({
    summary: "Restores a wrapped key from a file to a token that holds the same wrapping key, and proves it",
    params: z.strictObject({ id: tokenId, wrappingRef: objectRef, path: folder }),
    result: z.object({ objects: z.array(tokenObject), proof: z.string() }),
    action: "hsm:backup:restore",
    trace: "restoreTokenKey",
    effect: "change",
  }),
} as const;
