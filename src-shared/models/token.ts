import { z } from "zod";
import { SIGN_ALGORITHMS } from "../sign-algorithms.ts";
import { name, time } from "./text.ts";

/** Hex digest over module, manufacturer, model and serial (and label where one card shows several slots): stable over slots and restarts. */
export const tokenId = z.string().regex(/^[0-9a-f]{32}$/, "must be a token id");

/** PIN as typed; the token's own limits are checked when it is known which token. */
export const pin = z.string().min(1).max(255);

export const TOKEN_KEY_SPECS = [
  "aes-128",
  "aes-192",
  "aes-256",
  "rsa-2048",
  "rsa-3072",
  "rsa-4096",
  "ecdsa-p256",
  "ecdsa-p384",
  "ed25519",
] as const;
export const tokenKeySpec = z.enum(TOKEN_KEY_SPECS);
export type TokenKeySpec = z.infer<typeof tokenKeySpec>;

export const moduleState = z.enum(["running", "crashed", "hung", "failed", "closed"]);

export const tokenModule = z.object({
  id: z.string(),
  name,
  path: z.string(),
  state: moduleState,
  problem: z.object({ code: z.string(), message: z.string() }).optional(),
  info: z
    .object({
      cryptokiVersion: z.string(),
      manufacturer: z.string(),
      description: z.string(),
      libraryVersion: z.string(),
    })
    .optional(),
  addedAt: time,
});
export type TokenModuleView = z.infer<typeof tokenModule>;

/** What is known of a PIN: flags of the token and our own count of failures, never a number of tries left (C15). */
export const pinState = z.enum(["not-set", "ok", "to-be-changed", "low", "final-try", "locked"]);
export type PinState = z.infer<typeof pinState>;

export const instanceUse = z.enum(["server", "signature", "finance"]);
export const instanceStatus = z.enum(["to-be-activated", "running", "failed", "removed"]);

export const tag = z.object({ key: z.string(), value: z.string() });

/** A tag to search for: its key with this value, or with any. */
export const wantedTag = z.strictObject({ key: z.string().min(1).max(300), value: z.string().max(600).optional() });
export type WantedTag = z.infer<typeof wantedTag>;

/** A token registered as an HSM instance (H02, H03). */
export const tokenInstance = z.object({
  name,
  use: instanceUse,
  status: instanceStatus,
  createdAt: time,
  tags: z.array(tag),
});

export const token = z.object({
  id: tokenId,
  moduleId: z.string(),
  moduleName: z.string(),
  present: z.boolean(),
  slot: z.string().optional(),
  slotDescription: z.string().optional(),
  label: z.string(),
  manufacturer: z.string(),
  model: z.string(),
  serial: z.string(),
  hardwareVersion: z.string().optional(),
  firmwareVersion: z.string().optional(),
  initialized: z.boolean(),
  loginRequired: z.boolean(),
  /** PIN pad: the PIN is typed on the reader. pkcs11js cannot ask for that yet (C24). */
  protectedPath: z.boolean(),
  writeProtected: z.boolean(),
  loggedIn: z.enum(["user", "so", "nobody"]),
  userPin: z.object({ state: pinState, ownFailures: z.int(), minLength: z.int(), maxLength: z.int() }),
  soPin: z.object({ state: pinState, ownFailures: z.int() }),
  freePrivateMemory: z.int().optional(),
  freePublicMemory: z.int().optional(),
  instance: tokenInstance.optional(),
  administrator: z.boolean(),
  /** Of a registered token that is not in: the one that is, under another library, with the same maker, model and serial (C29). */
  presentAs: tokenId.optional(),
  lastSeenAt: time,
});
export type TokenView = z.infer<typeof token>;

export const objectClass = z.enum(["private-key", "public-key", "secret-key", "certificate", "data", "other"]);

/** Names an object on a token across sessions: class, CKA_ID and label; the token is searched again at each use. */
export const objectRef = z.string().min(3).max(600);

export const tokenObject = z.object({
  ref: objectRef,
  class: objectClass,
  label: z.string(),
  /** CKA_ID, hex. */
  keyId: z.string(),
  keyType: z.string().optional(),
  bits: z.int().optional(),
  curve: z.string().optional(),
  /** Names of what the key may do: sign, decrypt, wrap … */
  uses: z.array(z.string()),
  sensitive: z.boolean().optional(),
  extractable: z.boolean().optional(),
  alwaysSensitive: z.boolean().optional(),
  neverExtractable: z.boolean().optional(),
  /** Made on the token itself (CKA_LOCAL); an imported key never claims that (C47). */
  local: z.boolean().optional(),
  modifiable: z.boolean().optional(),
  /** Wants its user's PIN at each use, beside the login (CKA_ALWAYS_AUTHENTICATE). */
  pinEachTime: z.boolean().optional(),
  /** Refs of the other half and of certificates of the same key. */
  linked: z.array(objectRef),
  /** SHA256:… of the SSH form where the public value is known. */
  fingerprint: z.string().optional(),
  certificate: z.object({ subject: z.string(), issuer: z.string(), notBefore: time, notAfter: time }).optional(),
});
export type TokenObject = z.infer<typeof tokenObject>;

export const signAlgorithm = z.enum(SIGN_ALGORITHMS);

/** Bytes as base64, in its one canonical spelling. */
export const base64Bytes = (most: number) =>
  z
    .base64("must be base64")
    .max(Math.ceil(most / 3) * 4, `must be at most ${most} bytes`)
    .min(1);

/** A step of initialising, and what proves it. */
export const wizardStep = z.object({
  name: z.string(),
  state: z.enum(["done", "failed", "not-reached"]),
  proof: z.string(),
});
export type WizardStep = z.infer<typeof wizardStep>;

export const mechanism = z.object({
  name: z.string(),
  flags: z.array(z.string()),
  minKeySize: z.int(),
  maxKeySize: z.int(),
});

/** One thing the module doctor has tried. */
export const probeResult = z.object({
  name: z.string(),
  outcome: z.enum(["works", "fails", "not-listed", "not-tried"]),
  detail: z.string(),
});

export const doctorReport = z.object({
  moduleId: z.string(),
  tokenId: tokenId.optional(),
  mechanisms: z.array(mechanism),
  probes: z.array(probeResult),
  quirks: z.array(z.string()),
  milliseconds: z.number(),
});
export type DoctorReport = z.infer<typeof doctorReport>;

/** H12: measured here, beside the guide's platinum edition. */
export const performanceFigure = z.object({
  name: z.string(),
  callers: z.int(),
  perSecond: z.number(),
  reference: z.number().optional(),
  note: z.string().optional(),
});
export type PerformanceFigure = z.infer<typeof performanceFigure>;

export const certificateView = z.object({
  subject: z.string(),
  issuer: z.string(),
  serialNumber: z.string(),
  notBefore: time,
  notAfter: time,
  signatureAlgorithm: z.string(),
  publicKey: z.string(),
  fingerprintSha256: z.string(),
  subjectAltNames: z.array(z.string()),
  selfSigned: z.boolean(),
  pem: z.string(),
});
export type CertificateView = z.infer<typeof certificateView>;

export const administrator = z.object({
  slotId: z.string(),
  userId: z.string(),
  userName: z.string(),
  tokenSerial: z.string(),
  tokenLabel: z.string(),
  method: z.string(),
  /** Whether it opens the vault only together with the user's password. */
  needsPassword: z.boolean(),
  createdAt: time,
});
export type Administrator = z.infer<typeof administrator>;
