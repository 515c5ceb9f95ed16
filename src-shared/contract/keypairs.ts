import { z } from "zod";
import { LIMITS } from "../limits.ts";
import { keypair, keypairScope, keySpec, privateKeyFormat, writtenFile } from "../models/keypair.ts";
import { id, name, nothing, password } from "../models/text.ts";
import { tokenId } from "../models/token.ts";
import { isKeyComment } from "../text-rules.ts";
import { operation } from "./operation.ts";

const comment = z.string().max(LIMITS.nameMax).refine(isKeyComment, "must be one line without quotes");

/** Where and how private key files are written, mode 0600, never over an existing file. */
const privateKeyFile = z.strictObject({
  format: privateKeyFormat,
  /** Absolute folder on the machine that runs Keystead; the export folder beside the vault when absent. */
  folder: z.string().min(1).max(4096).startsWith("/", "must be an absolute path").optional(),
  passphrase: password.optional(),
});

export const keypairs = {
  create: operation({
    summary: "Makes a key pair; the private half stays in the vault or is written to a file once and never kept",
    params: z.strictObject({
      name,
      spec: keySpec,
      scope: keypairScope.default("private"),
      comment: comment.optional(),
      keep: z.boolean().default(true),
      file: privateKeyFile.optional(),
    }),
    result: z.object({ keypair, file: writtenFile.optional() }),
    action: "kps:keypair:create",
    trace: "createKeypair",
    effect: "change",
    secret: ["file.passphrase"],
  }),
  createOnToken: operation({
    summary: "Makes a key pair on a token that is logged in; the private half never leaves it",
    params: z.strictObject({
      name,
      tokenId,
      spec: z.enum(["ed25519", "rsa-2048", "rsa-3072", "rsa-4096", "ecdsa-p256", "ecdsa-p384"]),
      scope: keypairScope.default("private"),
      comment: comment.optional(),
    }),
    result: keypair,
    action: "kps:keypair:create",
    trace: "createKeypairOnToken",
    effect: "change",
  }),
  list: operation({
    summary: "Lists the key pairs the caller may see",
    params: nothing,
    result: z.object({ keypairs: z.array(keypair) }),
    action: "kps:keypair:list",
    trace: "listKeypairs",
    effect: "read",
  }),
  get: operation({
    summary: "Shows one key pair",
    params: z.strictObject({ id }),
    result: keypair,
    action: "kps:keypair:get",
    trace: "getKeypair",
    effect: "read",
  }),
  rename: operation({
    summary: "Gives a key pair another name",
    params: z.strictObject({ id, name }),
    result: keypair,
    action: "kps:keypair:update",
    trace: "renameKeypair",
    effect: "change",
  }),
  remove: operation({
    summary:
      "Deletes a key pair from the vault; servers keep accepting its public key, and a key on a token stays there",
    params: z.strictObject({ id, acceptBound: z.boolean().default(false) }),
    result: z.object({
      id,
      boundServers: z.array(z.string()),
      /** Label of the token that still holds the private half: deleting here takes nothing off it. */
      staysOnToken: z.string().optional(),
    }),
    action: "kps:keypair:delete",
    trace: "deleteKeypair",
    effect: "change",
    critical: true,
  }),
  publicKey: operation({
    summary: "Gives the public key as an OpenSSH line or as PEM",
    params: z.strictObject({ id, format: z.enum(["openssh", "pem"]).default("openssh") }),
    result: z.object({ fileName: z.string(), text: z.string() }),
    action: "kps:keypair:getPublicKey",
    trace: "downloadPublicKey",
    effect: "read",
  }),
  exportPrivateKey: operation({
    summary: "Writes private keys to files with mode 0600",
    params: z.strictObject({ ids: z.array(id).min(1).max(100), file: privateKeyFile }),
    result: z.object({ files: z.array(writtenFile) }),
    action: "kps:keypair:exportPrivateKey",
    trace: "exportPrivateKey",
    effect: "read",
    critical: true,
    secret: ["file.passphrase"],
  }),
  importPrivateKey: operation({
    summary: "Puts the private half back to a key pair whose public half is here; only the matching one is taken",
    params: z.strictObject({
      id,
      privateKey: z.string().min(1).max(LIMITS.keyFileBytes),
      passphrase: password.optional(),
    }),
    result: keypair,
    action: "kps:keypair:importPrivateKey",
    trace: "importPrivateKey",
    effect: "change",
    secret: ["privateKey", "passphrase"],
  }),
  clearPrivateKey: operation({
    summary: "Destroys the private half for good; the public half stays",
    params: z.strictObject({ id }),
    result: keypair,
    action: "kps:keypair:clearPrivateKey",
    trace: "clearPrivateKey",
    effect: "change",
    critical: true,
  }),
} as const;
