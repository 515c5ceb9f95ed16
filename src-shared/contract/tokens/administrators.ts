import { z } from "zod";
import { id, nothing, password } from "../../models/text.ts";
import { administrator, pin, tokenId } from "../../models/token.ts";
import { operation } from "../operation.ts";

/** Tokens as ways into the vault (H06). */
export const tokenAdministrators = {
  registerAdministrator: operation({
    summary: "Makes a token one of the current user's ways into the vault, after it has answered a challenge",
    params: z.strictObject({
      id: tokenId,
      pin,
      /** `with-password`: token and password open the vault only together. */
      mode: z.enum(["alone", "with-password"]).default("alone"),
      /** The user's own, wanted with `with-password`. */
      password: password.optional(),
      /** Where the password opens nothing alone: a token it goes with already, which must be in to check it. */
      checkBy: z.strictObject({ slotId: id, pin }).optional(),
    }),
    result: z.object({ administrator }),
    action: "hsm:administrator:create",
    trace: "registerAdministrator",
    effect: "change",
    critical: true,
    secret: ["pin", "password", "checkBy.pin"],
  }),
  listAdministrators: operation({
    summary: "Lists the tokens that open this vault, and for whom",
    params: nothing,
    result: z.object({ administrators: z.array(administrator), passwordUsers: z.array(z.string()) }),
    action: "hsm:administrator:list",
    trace: "listAdministrators",
    effect: "read",
  }),
  removeAdministrator: operation({
    summary: "Takes a token's way into the vault away; the last way of a user is never taken",
    params: z.strictObject({ slotId: id }),
    result: z.object({ slotId: z.string() }),
    action: "hsm:administrator:delete",
    trace: "removeAdministrator",
    effect: "change",
    critical: true,
  }),
} as const;
