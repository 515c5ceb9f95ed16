import { z } from "zod";
import { LIMITS } from "../../limits.ts";
import {
  instanceUse,
  performanceFigure,
  pin,
  tag,
  token,
  tokenId,
  tokenModule,
  wantedTag,
} from "../../models/token.ts";
import { operation } from "../operation.ts";

/** The tokens that are in or known, and who is logged in to them (H02, H03, H12, H13). */
export const tokensAtHand = {
  list: operation({
    summary: "Lists the tokens that are in, and the known ones that are not; with tags, those that have them all",
    params: z.strictObject({ tags: z.array(wantedTag).max(LIMITS.searchTagsMax).default([]) }),
    result: z.object({ tokens: z.array(token), modules: z.array(tokenModule) }),
    action: "hsm:token:list",
    trace: "listTokens",
    effect: "read",
  }),
  get: operation({
    summary: "Shows one token",
    params: z.strictObject({ id: tokenId }),
    result: token,
    action: "hsm:token:get",
    trace: "getToken",
    effect: "read",
  }),
  activate: operation({
    summary: "Registers a token as an HSM instance with a name and a use",
    params: z.strictObject({
      id: tokenId,
      name: z
        .string()
        .min(1)
        .max(64)
        .regex(/^[A-Za-z0-9_-]+$/, "may hold letters, digits, _ and -"),
      use: instanceUse,
    }),
    result: token,
    action: "hsm:instance:create",
    trace: "activateHsm",
    effect: "change",
  }),
  deactivate: operation({
    summary: "Forgets a token as an instance; nothing on it changes",
    params: z.strictObject({ id: tokenId }),
    result: z.object({ id: tokenId }),
    action: "hsm:instance:delete",
    trace: "deactivateHsm",
    effect: "change",
  }),
  setTags: operation({
    summary: "Sets the tags of an instance",
    params: z.strictObject({ id: tokenId, tags: z.array(tag).max(20) }),
    result: token,
    action: "hsm:instance:tag",
    trace: "tagHsm",
    effect: "change",
  }),
  relinkInstance: operation({
    summary: "Gives what is known of a registered token to the same one as it is in now, after its library has moved",
    params: z.strictObject({
      fromId: tokenId,
      toId: tokenId,
      /** The instance's name, typed; of one without a name its label. */
      confirm: z.string().max(100),
    }),
    result: z.object({ token, keypairs: z.int() }),
    action: "hsm:instance:relink",
    trace: "relinkHsm",
    effect: "change",
    critical: true,
  }),
  logIn: operation({
    summary: "Logs in to a token as its user until it is logged out, pulled out, or the vault locks",
    params: z.strictObject({ id: tokenId, pin, acceptFinalTry: z.boolean().default(false) }),
    result: token,
    action: "hsm:token:logIn",
    trace: "logInToToken",
    effect: "change",
    secret: ["pin"],
  }),
  logOut: operation({
    summary: "Logs out of a token",
    params: z.strictObject({ id: tokenId }),
    result: token,
    action: "hsm:token:logIn",
    trace: "logOutOfToken",
    effect: "change",
  }),
  measure: operation({
    summary:
      "Measures the token: RSA-2048 and ECDSA P-256 sign and verify, AES-GCM; the keys for it are made and deleted",
    params: z.strictObject({
      id: tokenId,
      callers: z.int().min(1).max(16).default(1),
      seconds: z.number().min(0.2).max(5).default(1),
    }),
    result: z.object({ figures: z.array(performanceFigure) }),
    action: "hsm:token:measure",
    trace: "measureToken",
    effect: "change",
  }),
} as const;
