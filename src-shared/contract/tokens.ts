import { z } from "zod";
import { LIMITS } from "../limits.ts";
import { id, name, nothing, password } from "../models/text.ts";
import {
  administrator,
  base64Bytes,
  certificateView,
  doctorReport,
  instanceUse,
  objectRef,
  performanceFigure,
  pin,
  signAlgorithm,
  tag,
  token,
  tokenId,
  tokenKeySpec,
  tokenModule,
  tokenObject,
  wantedTag,
  wizardStep,
} from "../models/token.ts";
import { hasControlCharacters } from "../text-rules.ts";
import { operation } from "./operation.ts";

/** CK_TOKEN_INFO holds 32 bytes; characters beyond ASCII take more than one (C20). */
const tokenLabel = z
  .string()
  .min(1)
  .refine(
    (text) => new TextEncoder().encode(text).length <= 32,
    "must fit into 32 bytes; accented letters and emoji take two to four each",
  )
  .refine((text) => !hasControlCharacters(text), "must not contain control characters")
  .refine((text) => text.trim() === text, "must not begin or end with a space");

const objectLabel = z
  .string()
  .min(1)
  .max(100)
  .refine((text) => !hasControlCharacters(text), "must not contain control characters");
const keyId = z.string().regex(/^(?:[0-9a-f]{2}){1,64}$/, "must be hex, two digits a byte");
const modulePath = z.string().min(1).max(4096);
const folder = z.string().min(1).max(4096).startsWith("/", "must be an absolute path");
/** One custodian's share as typed: six lines and whatever stands beside them. */
const shareText = z.string().min(1).max(2000);
const shareTexts = z.array(shareText).min(1).max(16);
const object = { id: tokenId, ref: objectRef };
const signedWith = {
  /** One that fits the key; an RSA key's is RSASSA_PKCS1_V1_5_SHA_256 when absent. */
  algorithm: signAlgorithm.optional(),
  /** `digest`: what is given is the hash of the message. Ed25519 takes messages only. */
  messageType: z.enum(["message", "digest"]).default("message"),
};
/** For a key that wants the PIN at each use; such a key signs one message a call (C25). */
const pinEachTime = { pin: pin.optional(), acceptFinalTry: z.boolean().default(false) };
const message = base64Bytes(LIMITS.signedMessageBytes);

export const tokens = {
  suggestModules: operation({
    summary: "Names the usual PKCS#11 libraries of this system and which of them are there",
    params: nothing,
    result: z.object({
      modules: z.array(z.object({ name: z.string(), path: z.string(), present: z.boolean(), added: z.boolean() })),
    }),
    action: "hsm:module:list",
    trace: "suggestModules",
    effect: "read",
  }),
  addModule: operation({
    summary: "Adds a PKCS#11 library by its absolute path, once it has started in a process of its own",
    params: z.strictObject({
      path: modulePath,
      name: name.optional(),
      libraryParameters: z.string().max(1000).optional(),
    }),
    result: tokenModule,
    action: "hsm:module:create",
    trace: "addModule",
    effect: "change",
  }),
  listModules: operation({
    summary: "Lists the libraries and how their processes are",
    params: nothing,
    result: z.object({ modules: z.array(tokenModule) }),
    action: "hsm:module:list",
    trace: "listModules",
    effect: "read",
  }),
  removeModule: operation({
    summary: "Removes a library; what is on its tokens stays there",
    params: z.strictObject({ id }),
    result: z.object({ id }),
    action: "hsm:module:delete",
    trace: "removeModule",
    effect: "change",
  }),
  restartModule: operation({
    summary: "Ends a library's process and starts it again; the way to find new readers with some of them",
    params: z.strictObject({ id }),
    result: tokenModule,
    action: "hsm:module:restart",
    trace: "restartModule",
    effect: "change",
  }),
  diagnoseModule: operation({
    summary: "Examines a library: mechanisms, what really works on a token, encodings, quirks, speed",
    params: z.strictObject({ id, tokenId: tokenId.optional() }),
    result: doctorReport,
    action: "hsm:module:diagnose",
    trace: "diagnoseModule",
    effect: "change",
  }),
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
  listObjects: operation({
    summary: "Lists what is on a token; private objects only after log-in",
    params: z.strictObject({ id: tokenId }),
    result: z.object({ objects: z.array(tokenObject), loggedIn: z.boolean() }),
    action: "hsm:object:list",
    trace: "listTokenObjects",
    effect: "read",
  }),
  generateKey: operation({
    summary: "Makes a key on the token, sensitive and not extractable unless it is asked to be a backup-capable one",
    params: z.strictObject({
      id: tokenId,
      spec: tokenKeySpec,
      label: objectLabel,
      keyId: keyId.optional(),
      /** May leave the token, wrapped by another key; decided now and for ever (C46, C47). */
      extractable: z.boolean().default(false),
      /** `wrap`: an AES key that backs up others. */
      purpose: z.enum(["general", "wrap"]).default("general"),
    }),
    result: z.object({ objects: z.array(tokenObject) }),
    action: "hsm:object:create",
    trace: "generateTokenKey",
    effect: "change",
  }),
  renameObject: operation({
    summary: "Gives an object on a token another label",
    params: z.strictObject({ ...object, label: objectLabel }),
    result: z.object({ objects: z.array(tokenObject) }),
    action: "hsm:object:update",
    trace: "renameTokenObject",
    effect: "change",
  }),
  deleteObject: operation({
    summary: "Deletes an object, and with a private key its public half; gone for good",
    params: z.strictObject({ ...object, confirm: z.string().max(100) }),
    result: z.object({ deleted: z.array(objectRef) }),
    action: "hsm:object:delete",
    trace: "deleteTokenObject",
    effect: "change",
    critical: true,
  }),
  publicKey: operation({
    summary: "Gives the public key of a key pair on the token",
    params: z.strictObject({ ...object, format: z.enum(["pem", "openssh"]).default("pem") }),
    result: z.object({ fileName: z.string(), text: z.string() }),
    action: "hsm:object:getPublicKey",
    trace: "getTokenPublicKey",
    effect: "read",
  }),
  sign: operation({
    summary: "Signs messages, or their digests, with a private key on the token; an ECDSA signature comes as DER",
    params: z.strictObject({
      ...object,
      ...signedWith,
      messages: z.array(message).min(1).max(LIMITS.signedTogether),
      ...pinEachTime,
    }),
    result: z.object({ algorithm: signAlgorithm, signatures: z.array(z.string()) }),
    action: "hsm:object:sign",
    trace: "signWithTokenKey",
    effect: "change",
    secret: ["pin"],
    confidential: ["messages"],
  }),
  verify: operation({
    summary: "Says whether a signature is one by a key on the token, over this message or digest",
    params: z.strictObject({ ...object, ...signedWith, message, signature: base64Bytes(4096) }),
    result: z.object({
      algorithm: signAlgorithm,
      valid: z.boolean(),
      /** Who has looked: the token where only a digest was given, else Keystead with the public half. */
      by: z.enum(["keystead", "token"]),
    }),
    action: "hsm:object:verify",
    trace: "verifyWithTokenKey",
    effect: "read",
    confidential: ["message"],
  }),
  requestCertificate: operation({
    summary: "Makes a PKCS#10 certificate request, signed on the token",
    params: z.strictObject({
      ...object,
      subject: z.string().min(3).max(500),
      dnsNames: z.array(z.string().min(1).max(253)).max(50).default([]),
      ...pinEachTime,
    }),
    result: z.object({ pem: z.string(), fileName: z.string() }),
    action: "hsm:certificate:request",
    trace: "requestCertificate",
    effect: "change",
    secret: ["pin"],
  }),
  importCertificate: operation({
    summary: "Puts a certificate beside its key on the token",
    params: z.strictObject({ id: tokenId, certificate: z.string().min(1).max(65_536), label: objectLabel.optional() }),
    result: z.object({ object: tokenObject }),
    action: "hsm:certificate:import",
    trace: "importCertificate",
    effect: "change",
  }),
  certificate: operation({
    summary: "Shows a certificate on the token",
    params: z.strictObject(object),
    result: certificateView,
    action: "hsm:certificate:get",
    trace: "getCertificate",
    effect: "read",
  }),
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
  restoreKey: operation({
    summary: "Restores a wrapped key from a file to a token that holds the same wrapping key, and proves it",
    params: z.strictObject({ id: tokenId, wrappingRef: objectRef, path: folder }),
    result: z.object({ objects: z.array(tokenObject), proof: z.string() }),
    action: "hsm:backup:restore",
    trace: "restoreTokenKey",
    effect: "change",
  }),
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
