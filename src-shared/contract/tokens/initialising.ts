import { z } from "zod";
import { id } from "../../models/text.ts";
import { pin, token, tokenId, wizardStep } from "../../models/token.ts";
import { operation } from "../operation.ts";
import { tokenLabel } from "./shapes.ts";

/** Making a UKey ready, one or many in a row, and its PINs (H04, H05). */
export const tokenInitialising = {
  initialize: operation({
    summary:
      "Initialises a token: erases it, sets label, SO PIN and user PIN, and proves it with a key made and used on it",
    params: z.strictObject({
      id: tokenId,
      label: tokenLabel,
      /** On a fresh token it becomes the SO PIN; on an initialised one it must be the present SO PIN and stays (C19). */
      soPin: pin,
      userPin: pin,
      /** The label that is on the token now, typed; for a fresh token its serial, or the word `empty` when it has none (C17). */
      confirm: z.string().max(100),
    }),
    result: z.object({ token, steps: z.array(wizardStep), erased: z.array(z.string()) }),
    action: "hsm:token:initialize",
    trace: "initializeToken",
    effect: "change",
    critical: true,
    secret: ["soPin", "userPin"],
  }),
  beginSeries: operation({
    summary: "Keeps one form for initialising many tokens in a row; the PINs stay in this process only",
    params: z.strictObject({
      labelPattern: z.string().min(1).max(28),
      firstNumber: z.int().min(0).max(99_999).default(1),
      soPin: pin,
      userPin: pin,
    }),
    result: z.object({ seriesId: id, nextLabel: z.string() }),
    action: "hsm:token:initialize",
    trace: "beginTokenSeries",
    effect: "change",
    critical: true,
    secret: ["soPin", "userPin"],
  }),
  initializeNext: operation({
    summary: "Initialises the token that is in now with the series' form",
    params: z.strictObject({ seriesId: id, id: tokenId, confirm: z.string().max(100) }),
    result: z.object({ token, label: z.string(), steps: z.array(wizardStep), nextLabel: z.string() }),
    action: "hsm:token:initialize",
    trace: "initializeTokenInSeries",
    effect: "change",
  }),
  endSeries: operation({
    summary: "Forgets the series' PINs and gives the table of what was initialised",
    params: z.strictObject({ seriesId: id }),
    result: z.object({
      results: z.array(
        z.object({
          label: z.string(),
          serial: z.string(),
          model: z.string(),
          outcome: z.enum(["done", "failed"]),
          message: z.string(),
          time: z.int(),
        }),
      ),
    }),
    action: "hsm:token:initialize",
    trace: "endTokenSeries",
    effect: "change",
  }),
  changePin: operation({
    summary: "Changes the user's or the security officer's PIN",
    params: z.strictObject({
      id: tokenId,
      who: z.enum(["user", "so"]).default("user"),
      currentPin: pin,
      newPin: pin,
      acceptFinalTry: z.boolean().default(false),
    }),
    result: token,
    action: "hsm:token:changePin",
    trace: "changePin",
    effect: "change",
    secret: ["currentPin", "newPin"],
  }),
  unblockPin: operation({
    summary: "Sets a new user PIN by the security officer's PIN, also when the user PIN is locked",
    params: z.strictObject({ id: tokenId, soPin: pin, newPin: pin, acceptFinalTry: z.boolean().default(false) }),
    result: token,
    action: "hsm:token:unblockPin",
    trace: "unblockPin",
    effect: "change",
    critical: true,
    secret: ["soPin", "newPin"],
  }),
} as const;
