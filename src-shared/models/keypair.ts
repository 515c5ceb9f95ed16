import { z } from "zod";
import { id, name, time } from "./text.ts";

export const KEY_SPECS = [
  "ed25519",
  "rsa-2048",
  "rsa-3072",
  "rsa-4096",
  "ecdsa-p256",
  "ecdsa-p384",
  "ecdsa-p521",
] as const;
export const keySpec = z.enum(KEY_SPECS);
export type KeySpec = z.infer<typeof keySpec>;

/** `private`: only its owner sees and uses it. `account`: everybody who may use key pairs. */
export const keypairScope = z.enum(["private", "account"]);
export type KeypairScope = z.infer<typeof keypairScope>;

/** What remains of the private half: in the vault, handed out once and never kept, cleared on purpose, or made on a token it never leaves. */
export const privateHalf = z.enum(["kept", "never-kept", "cleared", "on-token"]);

export const privateKeyFormat = z.enum(["openssh", "pkcs8", "ppk"]);
export type PrivateKeyFormat = z.infer<typeof privateKeyFormat>;

export const keypair = z.object({
  id,
  name,
  spec: keySpec,
  scope: keypairScope,
  ownerId: id,
  ownerName: name,
  comment: z.string(),
  fingerprintSha256: z.string(),
  fingerprintMd5: z.string(),
  privateHalf,
  /** Names of what the private half is sealed under; absent when it is not kept. */
  sealedUnder: z.string().optional(),
  createdAt: time,
  updatedAt: time,
  /** Where the private half lives when it is on a token. */
  token: z.object({ id: z.string(), label: z.string(), serial: z.string(), keyId: z.string() }).optional(),
  boundServers: z.array(z.object({ id, name })),
});
export type Keypair = z.infer<typeof keypair>;

export const writtenFile = z.object({ keypairId: id, path: z.string() });
