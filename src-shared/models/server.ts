import { z } from "zod";
import { isHostAddress, isLoginName, isPort } from "../text-rules.ts";
import { id, name, time } from "./text.ts";

export const hostAddress = z.string().min(1).max(253).refine(isHostAddress, "must be a host name or an IP address");

export const port = z.int().refine(isPort, "must be a port from 1 to 65535");

export const loginName = z.string().min(1).max(64).refine(isLoginName, "must be a login name without spaces or quotes");

export const sshProfile = z.enum(["strict", "legacy"]);

/** What the last contact showed. */
export const reachability = z.enum(["unknown", "reachable", "unreachable", "host-key-changed"]);

export const hostKey = z.object({ algorithm: z.string(), blob: z.string(), fingerprint: z.string() });

/** One line of a known_hosts file, as people find it again. */
export const knownHostsMention = z.object({
  path: z.string(),
  line: z.int(),
  algorithm: z.string(),
  fingerprint: z.string(),
});
export type KnownHostsMention = z.infer<typeof knownHostsMention>;

/** Why a known_hosts file, or one line of it, could not be read. */
export const unreadReason = z.enum([
  "no-permission",
  "not-a-file",
  "too-large",
  "circular-link",
  "disk-error",
  "not-understood",
  "failed",
]);
export type UnreadReason = z.infer<typeof unreadReason>;

/** What the officer's own known_hosts files say of a key that a server shows. */
export const knownHostsFinding = z.object({
  /**
   * `same`, `different`, `revoked`: as `lines` show; `not-listed`: every file was read and none names the server;
   * `unreadable`: something could not be read, so nothing is claimed.
   */
  verdict: z.enum(["same", "different", "revoked", "not-listed", "unreadable"]),
  lines: z.array(knownHostsMention),
  /** `@cert-authority` lines for the server: certificates are not checked here. */
  authorities: z.array(knownHostsMention),
  unread: z.array(z.object({ path: z.string(), line: z.int().optional(), why: unreadReason })),
});
export type KnownHostsFinding = z.infer<typeof knownHostsFinding>;

export const passwordLogin = z.enum(["unknown", "on", "off"]);

export const binding = z.object({
  keypairId: id,
  keypairName: name,
  user: loginName,
  /** `bound`: proved by a login. `both-active`/`unproved`: a named state a task stopped in. */
  state: z.enum(["bound", "unproved"]),
  provedAt: time.optional(),
});

export const server = z.object({
  id,
  name,
  host: hostAddress,
  port,
  user: loginName,
  profile: sshProfile,
  reachability,
  /** Why it is not reachable, in a sentence, with its code. */
  problem: z.object({ code: z.string(), message: z.string() }).optional(),
  lastSeenAt: time.optional(),
  serverVersion: z.string().optional(),
  hostKeys: z.array(hostKey),
  passwordLogin,
  binding: binding.optional(),
  runningTaskId: id.optional(),
  createdAt: time,
  updatedAt: time,
});
export type Server = z.infer<typeof server>;

/** What a connection test found. */
export const connectionReport = z.object({
  reachability,
  hostKey: hostKey.optional(),
  serverVersion: z.string().optional(),
  /** Login tried with the bound key or the given password; absent when neither was there. */
  login: z.object({ method: z.string(), user: loginName, shell: z.boolean() }).optional(),
  problem: z.object({ code: z.string(), message: z.string() }).optional(),
  milliseconds: z.number(),
});
export type ConnectionReport = z.infer<typeof connectionReport>;
