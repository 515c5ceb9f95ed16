import { z } from "zod";
import {
  connectionReport,
  hostAddress,
  hostKey,
  knownHostsFinding,
  loginName,
  port,
  server,
  sshProfile,
} from "../models/server.ts";
import { task } from "../models/task.ts";
import { id, name, nothing, password } from "../models/text.ts";
import { operation } from "./operation.ts";

const address = { host: hostAddress, port: port.default(22) };

export const servers = {
  readHostKey: operation({
    summary:
      "Shows the host key a server presents, and what your own known_hosts files say of it, before anything is trusted",
    params: z.strictObject({ ...address, profile: sshProfile.default("strict") }),
    result: z.object({ hostKey, knownHosts: knownHostsFinding }),
    action: "kps:server:readHostKey",
    trace: "readHostKey",
    effect: "read",
  }),
  add: operation({
    summary: "Adds a server to the inventory; with a host key it is pinned from the start",
    params: z.strictObject({
      name,
      ...address,
      user: loginName.default("root"),
      profile: sshProfile.default("strict"),
      /** The fingerprint the officer has compared; the server must present exactly this key. */
      hostKeyFingerprint: z.string().max(100).optional(),
      /** Pin it although your own known_hosts lists another key; never pins a revoked one. */
      despiteKnownHosts: z.boolean().default(false),
    }),
    result: server,
    action: "kps:server:create",
    trace: "addServer",
    effect: "change",
  }),
  list: operation({
    summary: "Lists all servers",
    params: nothing,
    result: z.object({ servers: z.array(server) }),
    action: "kps:server:list",
    trace: "listServers",
    effect: "read",
  }),
  get: operation({
    summary: "Shows one server",
    params: z.strictObject({ id }),
    result: server,
    action: "kps:server:get",
    trace: "getServer",
    effect: "read",
  }),
  update: operation({
    summary: "Changes a server's name, address, user or profile; another address forgets the pinned host key",
    params: z.strictObject({
      id,
      name: name.optional(),
      host: hostAddress.optional(),
      port: port.optional(),
      user: loginName.optional(),
      profile: sshProfile.optional(),
    }),
    result: server,
    action: "kps:server:update",
    trace: "updateServer",
    effect: "change",
  }),
  remove: operation({
    summary: "Removes a server from the inventory; nothing changes on the server itself",
    params: z.strictObject({ id }),
    result: z.object({ id, stillAccepts: z.string().optional() }),
    action: "kps:server:delete",
    trace: "removeServer",
    effect: "change",
  }),
  trustHostKey: operation({
    summary: "Pins the host key with the given fingerprint, or replaces a changed one after comparison",
    params: z.strictObject({
      id,
      fingerprint: z.string().min(1).max(100),
      replace: z.boolean().default(false),
      /** Pin it although your own known_hosts lists another key; never pins a revoked one. */
      despiteKnownHosts: z.boolean().default(false),
    }),
    result: server,
    action: "kps:server:trustHostKey",
    trace: "trustHostKey",
    effect: "change",
  }),
  testConnection: operation({
    summary: "Connects, checks the host key, and logs in with the bound key or a password",
    params: z.strictObject({ id, password: password.optional() }),
    result: z.object({ report: connectionReport, server }),
    action: "kps:server:test",
    trace: "testServerConnection",
    effect: "change",
    secret: ["password"],
  }),
  bind: operation({
    summary: "Binds a key pair to a server with a password, proves it, and switches password login off",
    params: z.strictObject({
      id,
      keypairId: id,
      password,
      /** For a sudo user whose sudo password differs from the login password. */
      sudoPassword: password.optional(),
      disablePasswordLogin: z.boolean().default(true),
      /** For an account that may only use SFTP: adds and proves the key by SFTP; passwords cannot be switched off then. */
      overSftp: z.boolean().default(false),
      /** Follow an authorized_keys that is a symbolic link to exactly this path (B11). */
      acceptLinkTo: z.string().max(4096).optional(),
    }),
    result: task,
    action: "kps:keypair:bind",
    trace: "bindKeypair",
    effect: "change",
    secret: ["password", "sudoPassword"],
    startsTask: true,
  }),
  allowPasswordLogin: operation({
    summary:
      "Takes back Keystead's setting that switched password login off, over the bound key; shows what holds then",
    params: z.strictObject({
      id,
      /** For a sudo user; root needs none. */
      sudoPassword: password.optional(),
    }),
    result: task,
    action: "kps:server:allowPasswordLogin",
    trace: "allowPasswordLogin",
    effect: "change",
    critical: true,
    secret: ["sudoPassword"],
    startsTask: true,
  }),
} as const;
