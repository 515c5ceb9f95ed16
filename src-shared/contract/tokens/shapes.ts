import { z } from "zod";
import { LIMITS } from "../../limits.ts";
import { base64Bytes, objectRef, pin, signAlgorithm, tokenId } from "../../models/token.ts";
import { hasControlCharacters } from "../../text-rules.ts";

/** CK_TOKEN_INFO holds 32 bytes; characters beyond ASCII take more than one (C20). */
export const tokenLabel = z
  .string()
  .min(1)
  .refine(
    (text) => new TextEncoder().encode(text).length <= 32,
    "must fit into 32 bytes; accented letters and emoji take two to four each",
  )
  .refine((text) => !hasControlCharacters(text), "must not contain control characters")
  .refine((text) => text.trim() === text, "must not begin or end with a space");

export const objectLabel = z
  .string()
  .min(1)
  .max(100)
  .refine((text) => !hasControlCharacters(text), "must not contain control characters");
export const keyId = z.string().regex(/^(?:[0-9a-f]{2}){1,64}$/, "must be hex, two digits a byte");
export const modulePath = z.string().min(1).max(4096);
export const folder = z.string().min(1).max(4096).startsWith("/", "must be an absolute path");
/** One custodian's share as typed: six lines and whatever stands beside them. */
export const shareText = z.string().min(1).max(2000);
export const shareTexts = z.array(shareText).min(1).max(16);
export const object = { id: tokenId, ref: objectRef };
export const signedWith = {
  /** One that fits the key; an RSA key's is RSASSA_PKCS1_V1_5_SHA_256 when absent. */
  algorithm: signAlgorithm.optional(),
  /** `digest`: what is given is the hash of the message. Ed25519 takes messages only. */
  messageType: z.enum(["message", "digest"]).default("message"),
};
/** For a key that wants the PIN at each use; such a key signs one message a call (C25). */
export const pinEachTime = { pin: pin.optional(), acceptFinalTry: z.boolean().default(false) };
export const message = base64Bytes(LIMITS.signedMessageBytes);
