import { z } from "zod";
import { LIMITS } from "../../limits.ts";
import {
  base64Bytes,
  certificateView,
  objectRef,
  signAlgorithm,
  tokenId,
  tokenKeySpec,
  tokenObject,
} from "../../models/token.ts";
import { operation } from "../operation.ts";
import { keyId, message, object, objectLabel, pinEachTime, signedWith } from "./shapes.ts";

/** What is on a token, and its use (H07, H10). */
export const tokenObjects = {
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
} as const;
